/** A worker that holds engines, one per lab: passes messages on, and beats the clock for labs that follow it. */
import { parentPort } from 'node:worker_threads';
import { LabHost } from './lab-host.ts';
import type { FromEngine, ToEngine, WorkProgress } from './messages.ts';

/** How often labs that follow the clock are moved on, ms. */
const TICK_MS = 10;

const port = parentPort;
if (port === null) throw new Error('engine-worker runs as a worker only');

const hosts = new Map<number, LabHost>();

function post(message: FromEngine): void {
  port?.postMessage(message);
}

function open(host: number, snapshot: Uint8Array | null): void {
  const owner = {
    records: (records: Extract<FromEngine, { kind: 'records' }>['records']) => post({ kind: 'records', host, records }),
    failed: (failure: Extract<FromEngine, { kind: 'failed' }>['failure']) => post({ kind: 'failed', host, failure }),
    progress: (progress: WorkProgress) => post({ kind: 'progress', host, ...progress }),
  };
  try {
    hosts.set(host, new LabHost(snapshot, owner));
  } catch (error) {
    owner.failed({ type: 'died', reason: String(error) });
  }
}

port.on('message', (message: ToEngine) => {
  const { host } = message;
  switch (message.kind) {
    case 'open':
      return open(host, message.snapshot);
    case 'past':
      return hosts.get(host)?.past(message.records);
    case 'work':
      return void hosts
        .get(host)
        ?.work(message.work)
        .then((done) => post({ kind: 'done', host, job: message.job, ...done }));
    case 'acknowledge':
      return hosts.get(host)?.acknowledge();
    case 'stop':
      return hosts.get(host)?.stop();
    case 'close':
      hosts.get(host)?.close();
      hosts.delete(host);
  }
});

setInterval(() => {
  for (const host of hosts.values()) host.tick(performance.now());
}, TICK_MS);
