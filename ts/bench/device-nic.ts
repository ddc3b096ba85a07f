/**
 * A NIC under test: 40G, so that each VF has a key and a redirection table of its own. Every VF is in one port VLAN, has one
 * address, and may not send from another.
 */

import * as N from '../../asm/memory/nic-layout.ts';
import type { ControlDoor } from '../dataplane/dataplane.ts';
import { wholeLines } from '../dataplane/io-size.ts';
import { ACCESS_VLAN, FIRST_VF, type NicShape, PF, RSS_ENTRIES, RSS_KEY, STATION_MAC, WIRE } from './shape.ts';

const NODE = 0;
const DEFINITION = 1;
/** Of the PF, beside the drop timer. */
const WATCHDOG = 1;
const KEY_WORD = 16;
const KEY_WORDS = 7;

/** Bytes of the NIC's blocks in the region. */
export function nicSizes({ ports, stations }: NicShape): number {
  const functions = ports - 1;
  const blocks = [N.NIC_BYTES, stations * N.FILTER_BYTES];
  for (let i = 0; i < functions; i++) blocks.push(N.POOL_BYTES, N.RSS_BYTES);
  return blocks.reduce((sum, bytes) => sum + wholeLines(bytes), 0);
}

/** Makes node 0 a NIC; its ports are configured already. */
export function configureNic(control: ControlDoor, { ports, stations, queues }: NicShape): void {
  control.configureNic(NODE, N.NIC_DEFAULT_POOL, WIRE, PF, stations, WATCHDOG, false);
  for (let port = PF; port < ports; port++) control.configurePool(port, RSS_ENTRIES - 1);
  control.setPool(PF, N.POOL_RX | N.POOL_TX | N.POOL_BROADCAST, 0, DEFINITION);
  control.setPoolVlan(PF, 0, true, DEFINITION);
  control.setQueues(PF, 1, 1, DEFINITION);
  for (let vf = 0; vf < stations; vf++) configureVf(control, FIRST_VF + vf, STATION_MAC + vf, queues);
}

function configureVf(control: ControlDoor, port: number, mac: number, queues: number): void {
  const flags = N.POOL_RX | N.POOL_TX | N.POOL_BROADCAST | N.POOL_SPOOF_CHECK;
  control.setPool(port, flags, ACCESS_VLAN, DEFINITION);
  control.setPoolVlan(port, ACCESS_VLAN, true, DEFINITION);
  control.setFilter(port, BigInt(mac), true, DEFINITION);
  control.setQueues(port, queues, (1 << queues) - 1, DEFINITION);
  const padded = RSS_KEY.padEnd(KEY_WORD * KEY_WORDS, '0');
  const words = Array.from({ length: KEY_WORDS }, (_, i) => BigInt(`0x${padded.slice(i * KEY_WORD, (i + 1) * KEY_WORD)}`));
  control.setRssKey(port, ...(words as [bigint, bigint, bigint, bigint, bigint, bigint, bigint]));
  for (let entry = 0; entry < RSS_ENTRIES; entry++) control.setRssEntry(port, entry, entry % queues);
}
