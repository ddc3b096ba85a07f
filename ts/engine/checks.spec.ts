/** Checks of neighbour caches: which of a node's entries for an address is meant. */
import { expect, test } from 'vitest';
import { firewall, hypervisor, ip, lab, mac, ms } from '../../test/support/lab.ts';
import { given } from '../../test/support/run.ts';
import type { LabEvent } from '../model/events/events.ts';
import type { Expectation } from '../model/lab/script.ts';
import { arpRequest, emitArpFrame } from '../wire/arp.ts';
import { CheckRun } from './checks.ts';

const A = mac('02:00:00:00:00:0a');
const B = mac('02:00:00:00:00:0b');
const CLIENT = ip('10.0.1.11');
const STRANGER = ip('10.0.1.12');

/** A firewall that was asked by the client from MAC A on eth1 and from MAC B on eth2, and by the stranger on eth1 alone. */
function events(): readonly LabEvent[] {
  const interfaces = { eth1: { ip: '10.0.1.1/24' }, eth2: { ip: '10.0.2.1/24' } };
  const run = given(lab(hypervisor('esx1'), firewall('fw1', { interfaces })));
  run.receives('fw1:eth1', emitArpFrame(arpRequest(A, CLIENT, ip('10.0.1.1'))));
  run.receives('fw1:eth1', emitArpFrame(arpRequest(A, STRANGER, ip('10.0.1.1'))));
  run.receives('fw1:eth2', emitArpFrame(arpRequest(B, CLIENT, ip('10.0.2.1')))).pass(ms(1));
  return run.events;
}

/** What a check says of an expectation: nothing when it holds. */
function failures(asked: { ip: typeof CLIENT; mac: string; interface?: string }): readonly string[] {
  const expectation: Expectation = { kind: 'neighbour', node: 'fw1', atNs: null, ...asked };
  const run = new CheckRun([{ name: 'check', description: '', expect: [expectation] }]);
  for (const event of events()) run.observe(event);
  return run.results([], { samples: [], end: [] }).flatMap((result) => result.failures);
}

test('a check of an interface sees the entry of that interface', () => {
  expect(failures({ ip: CLIENT, interface: 'eth1', mac: A })).toEqual([]);
  expect(failures({ ip: CLIENT, interface: 'eth2', mac: B })).toEqual([]);
  expect(failures({ ip: STRANGER, interface: 'eth2', mac: 'none' })).toEqual([]);
  expect(failures({ ip: CLIENT, interface: 'eth2', mac: A })).toEqual([`fw1 has ${CLIENT} at ${B}, expected ${A} at the end`]);
});

test('a check without an interface holds when every entry for the address says so', () => {
  expect(failures({ ip: STRANGER, mac: A })).toEqual([]);
  expect(failures({ ip: CLIENT, mac: A })).toEqual([
    `fw1 has ${CLIENT} at ${A} on eth1 and ${B} on eth2, expected ${A} at the end`,
  ]);
});
