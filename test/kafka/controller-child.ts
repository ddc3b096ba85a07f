/**
 * A controller in a process of its own, to be killed and paused. Asked through the channel to its parent.
 *
 *   argv: brokers, prefix, partitions, directory of the mirror
 */

import { toHex } from '../../ts/model/events/chain.ts';
import { ask } from '../../ts/services/living/lab-commands.ts';
import { openLabService } from '../../ts/services/open-service.ts';
import type { ChildAnswer, ChildQuestion } from './controller-process.ts';

const [brokers = '', prefix = '', partitions = '', dataDir = ''] = process.argv.slice(2);
const troubles: string[] = [];
const service = await openLabService({
  dataDir,
  kafka: { brokers: brokers.split(','), prefix, partitions: Number(partitions) },
  roles: ['controller', 'reader'],
  workers: 1,
  onTrouble: (text) => troubles.push(text),
});

async function answer(question: ChildQuestion): Promise<unknown> {
  switch (question.kind) {
    case 'ask': {
      const { status } = await ask(service, question.lab, question.request, { id: question.id, timeoutMs: question.timeoutMs });
      return status;
    }
    case 'submit':
      return service.submit({ id: question.id, lab: question.lab, request: question.request });
    case 'head': {
      const head = await service.log.head(question.lab);
      return head === null ? null : { position: head.position, chain: toHex(head.chain) };
    }
    case 'status': {
      global.gc?.();
      const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
      return { ...service.health().gauges, troubles, memory: { heapUsed, external, arrayBuffers, rss } };
    }
    case 'close':
      return service.close();
  }
}

process.on('message', (question: ChildQuestion & { readonly number: number }) => {
  const { number } = question;
  const send = (message: Omit<ChildAnswer, 'number'>): void => void process.send?.({ number, ...message });
  answer(question).then(
    (value) => send({ value: value ?? null, error: '' }),
    (error: unknown) => send({ value: null, error: String(error) }),
  );
});
// A parent that is gone asks nothing more.
process.on('disconnect', () => process.exit(0));
process.send?.({ number: 0, value: null, error: '' });
