/** Traffic on demand in a living lab: commands change what its flows send, and the history verifies. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stateAt } from '../../ts/services/ask/state-at.ts';
import { verifyLab } from '../../ts/services/ask/verify-lab.ts';
import { ask } from '../../ts/services/living/lab-commands.ts';
import { deploy, Living, labText } from './labs.ts';

const LAB = `
name: demand
topology:
  nodes:
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links: [{ endpoints: ["a:eth0", "b:eth0"] }]
flows: { web: { from: "a:eth0", to: 10.0.0.2, rate: 100 } }
`;

let living: Living;
beforeEach(() => {
  living = new Living();
});
afterEach(() => living.close());

test('flow rate, stop and start change the counters of a living lab', async () => {
  const service = await living.service();
  await ask(service, 'lab', deploy(labText(LAB)));
  const counts: (number | undefined)[] = [];
  for (const command of ['flow rate web 1k', 'flow stop web', 'flow start web rate 10', 'crash b']) {
    await living.execute(service, 'lab', 'step 1s');
    expect(await living.execute(service, 'lab', command)).toMatchObject({ status: 'done' });
    const head = await living.log.head('lab');
    counts.push((await stateAt(living.log, 'lab', { position: head?.position ?? 0 })).derived?.flows[0]?.sent);
  }
  expect(counts).toEqual([100, 1100, 1100, 1110]);
  expect(await verifyLab(living.log, 'lab')).toMatchObject({ verified: true });
});
