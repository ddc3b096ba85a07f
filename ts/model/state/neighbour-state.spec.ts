/** Neighbour caches as a fold: one entry for each address of each interface. */
import { expect, test } from 'vitest';
import { host, lab } from '../../../test/support/lab.ts';
import { defineInput } from '../../engine/script.ts';
import type { EventData, LabEvent } from '../events/events.ts';
import { evolve, initialState } from './lab-state.ts';
import { neighbourAt, neighboursFor } from './neighbour-state.ts';

const IP = '10.0.1.1';
const A = '00:50:56:aa:00:01';
const B = '00:50:56:bb:00:01';

/** State after these updates of h1's cache, each as [interface, old, new]. */
function after(...updates: readonly (readonly [string, string, string])[]) {
  const state = initialState();
  const base = { atNs: 0, cause: 1, input: 1 };
  evolve(state, { ...base, position: 1, ...defineInput(lab(host('h1'))) } as unknown as LabEvent);
  updates.forEach(([iface, old, mac], i) => {
    const data: EventData['NeighbourUpdated'] = { node: 'h1', interface: iface, ip: IP, old, new: mac };
    evolve(state, { ...base, position: i + 2, type: 'NeighbourUpdated', data } as unknown as LabEvent);
  });
  return state;
}

test('ARP-03: an address heard on two interfaces has two entries', () => {
  const state = after(['eth0', '', A], ['eth1', '', B]);
  expect(neighbourAt(state, 'h1', 'eth0', IP)).toEqual({ ip: IP, mac: A, interface: 'eth0', since: 2 });
  expect(neighbourAt(state, 'h1', 'eth1', IP)).toEqual({ ip: IP, mac: B, interface: 'eth1', since: 3 });
  expect(neighboursFor(state, 'h1', IP).map(({ mac }) => mac)).toEqual([A, B]);
  expect(neighboursFor(state, 'h1', IP, 'eth1').map(({ mac }) => mac)).toEqual([B]);
});

test('ARP-03: an interface forgets its own entry only', () => {
  const state = after(['eth0', '', A], ['eth1', '', A], ['eth1', A, '']);
  expect(neighboursFor(state, 'h1', IP).map(({ interface: name }) => name)).toEqual(['eth0']);
});

test('a log from when a node had one entry for an address folds to one: it moved with the interface that heard it', () => {
  const state = after(['eth0', '', A], ['eth1', A, B]);
  expect(neighboursFor(state, 'h1', IP)).toEqual([{ ip: IP, mac: B, interface: 'eth1', since: 3 }]);
});
