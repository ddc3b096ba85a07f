import { Lab } from 'switchback-lab';
import 'switchback-lab/vitest';
import { expect, test } from 'vitest';

test('the standby takes over within ten seconds, and clients follow it', () => {
  const lab = Lab.open('labs/ha-assigned-mac.lab.yml');
  lab.run();
  expect(lab).toFailOverWithin('10s', { unit: 'fw2' });
  expect(lab).toConvergeWithin('15s');
  expect(lab).toDeliver('client1-up', { lost: { max: 12_000 }, 'longest-gap': { max: '11s' } });
  expect(lab).toDropFrames({ at: 'fw1:eth1', reason: 'interface-down', count: { min: 9000 } });
  expect(lab).not.toDropFrames({ reason: 'forged-transmit' });
  expect(lab).toMeet({ neighbour: { node: 'client1', ip: '10.0.1.1' }, mac: 'fw2:eth1', at: '40s' });
});
