/** Packet sockets into events (rules MMP-03 to MMP-05), before an engine: a turn that only remembers what was said. */
import { expect, test } from 'vitest';
import { host, lab } from '../../../../test/support/lab.ts';
import type { Punt } from '../../../dataplane/dataplane.ts';
import { indexLab } from '../../../model/lab/lab-index.ts';
import type { Turn } from '../../turn/turn.ts';
import { handlePunt } from '../receive.ts';
import { sayFirstBlock, sayMoreBlocks, socketKey, socketOf } from './packet-ring.ts';

const INDEX = indexLab(lab(host('g')));
const IFACE = INDEX.lab.interfaces[0];

function turn(): { readonly turn: Turn; readonly said: unknown[][] } {
  const said: unknown[][] = [];
  const say = (...event: unknown[]): number => said.push(event) + 10;
  return { turn: { index: INDEX, say } as unknown as Turn, said };
}

function punt(kind: Punt['kind'], more: Partial<Punt> = {}): Punt {
  return { kind, port: 0, cause: 7, number: 0, vlan: null, ip: 0, high: 0n, low: 0n, socket: 2, bytes: new Uint8Array(0), ...more };
}

test('MMP-05: a socket that freezes or thaws says so, because of the frame that found out', () => {
  const { turn: one, said } = turn();
  handlePunt(one, punt('frozen'));
  handlePunt(one, punt('thawed', { cause: 9 }));
  const place = { node: 'g', interface: 'eth0', socket: 2 };
  expect(said).toEqual([
    ['RingFrozen', 7, place],
    ['RingThawed', 9, place],
  ]);
});

test('MMP-03, MMP-04: the first block of a socket is told with its frames and status, the rest are counted and caused by it', () => {
  const { turn: one, said } = turn();
  if (IFACE === undefined) throw new Error('no interface');
  const first = sayFirstBlock(one, IFACE, punt('retired', { ip: 33, number: 4 }));
  sayMoreBlocks(one, { ...socketOf(socketKey({ port: 0, socket: 2 })), full: 3, byTimer: 5 }, first);
  const place = { node: 'g', interface: 'eth0', socket: 2 };
  expect(said).toEqual([
    ['BlockRetired', 7, { ...place, frames: 4, status: 33 }],
    ['BlocksRetired', first, { ...place, full: 3, byTimer: 5 }],
  ]);
});
