/** SR-IOV NICs into linear memory: blocks and pools from the definition, and a function's pool as recorded state has it. */

import * as N from '../../asm/memory/nic-layout.ts';
import { familyOf, filtersMax, hashesUdpPorts, PF, rssEntries, sharesRss, WIRE } from '../model/hardware/nic.ts';
import { functionsOf } from '../model/lab/attachments.ts';
import { type Endpoint, endpointOf } from '../model/lab/endpoint.ts';
import type { LabIndex } from '../model/lab/lab-index.ts';
import { nodeNumber, portOf } from '../model/lab/lab-index.ts';
import type { Nic } from '../model/lab/nodes.ts';
import type { FunctionState, NicState } from '../model/state/vf-state.ts';
import { type Mac, macFromNumber, macToNumber } from '../values/mac.ts';
import { PS_PER_BIT_SECOND } from './configure-lines.ts';
import type { Dataplane } from './dataplane.ts';
import { timerNumber } from './sizing.ts';

const QOS_SHIFT = 13;

/** Hexadecimal digits of one word of the RSS key, and how many words there are. */
const KEY_WORD = 16;

const KEY_WORDS = 7;

/** Makes a node a NIC and its interfaces functions. Ports are configured already. */
export function configureNic(dataplane: Dataplane, index: LabIndex, nic: Nic): void {
  const { control } = dataplane;
  const node = nodeNumber(index, nic.name);
  const functions = functionsOf(index, nic);
  control.configureNic(
    node,
    nicFlags(nic, { bridgeMode: nic.bridgeMode }, nic.pfPromiscuous),
    portOf(index, `${nic.name}:${WIRE}`),
    portOf(index, `${nic.name}:${PF}`),
    filtersMax(nic.model, functions.length),
    timerNumber(node, 'watchdog'),
    sharesRss(nic.model),
  );
  if (nic.bus !== undefined) {
    const psPerByte = nic.bus.rateBps === 0 ? 0 : Math.round(PS_PER_BIT_SECOND / nic.bus.rateBps);
    const queueNs = Math.ceil((nic.bus.queueBytes * psPerByte) / 1000);
    control.configureBus(node, BigInt(psPerByte), BigInt(queueNs), nic.bus.switchNs);
  }
  for (const iface of functions) control.configurePool(portOf(index, endpointOf(iface)), rssEntries(nic.model) - 1);
}

export function nicFlags(nic: Nic, { bridgeMode }: Pick<NicState, 'bridgeMode'>, isPfPromiscuous: boolean): number {
  return (
    // Frames come back only where the adjacent switch sends them back: pruning goes with VEPA (rule VF-06).
    (bridgeMode === 'vepa' ? N.NIC_VEPA | N.NIC_PRUNES : 0) |
    (isPfPromiscuous ? N.NIC_OPEN : 0) |
    (nic.defaultPool ? N.NIC_DEFAULT_POOL : 0) |
    (familyOf(nic.model) === '40g' ? N.NIC_POOLS_OPEN : 0) |
    (nic.bus === undefined ? 0 : N.NIC_BUS) |
    (hashesUdpPorts(nic.model) ? 0 : N.NIC_UDP_WITHOUT_PORTS)
  );
}

/** Brings a function's pool in line with recorded state: only what differs is written, and carries `cause`. */
export function syncPool(dataplane: Dataplane, index: LabIndex, endpoint: Endpoint, now: FunctionState, cause: number): void {
  const { control } = dataplane;
  const port = portOf(index, endpoint);
  const before = control.readPool(port);
  const flags = poolFlags(now);
  const portVlan = now.config.vlan === 0 ? 0 : (now.config.qos << QOS_SHIFT) | now.config.vlan;
  if (before.poolFlags !== flags || before.portVlan !== portVlan) control.setPool(port, flags, portVlan, cause);
  if (before.queues !== now.queues || before.enabledQueues !== now.enabledQueues) {
    control.setQueues(port, now.queues, now.enabledQueues, cause);
  }
  syncVlans(dataplane, port, now.vlans, cause);
  syncAddresses(dataplane, index, endpoint, Object.keys(now.addresses), cause);
}

/** Rule VF-13: receive and transmit are enabled where the VF works and its link is not disabled. */
function poolFlags({ status, config, mode, isRxOff, isSpoofCheckSuspended }: FunctionState): number {
  const isEnabled = status === 'ready' && config.linkState !== 'disable';
  return (
    (isEnabled && !isRxOff ? N.POOL_RX : 0) |
    (isEnabled ? N.POOL_TX : 0) |
    (mode.broadcast ? N.POOL_BROADCAST : 0) |
    (mode.multicast ? N.POOL_MULTICAST_HASH : 0) |
    (mode.allMulticast ? N.POOL_ALL_MULTICAST : 0) |
    (mode.promiscuous ? N.POOL_PROMISCUOUS : 0) |
    (config.spoofCheck && !isSpoofCheckSuspended ? N.POOL_SPOOF_CHECK : 0)
  );
}

function syncVlans({ control }: Dataplane, port: number, vlans: readonly number[], cause: number): void {
  const before = [...control.readPoolVlans(port)];
  for (const vid of before) if (!vlans.includes(vid)) control.setPoolVlan(port, vid, false, cause);
  for (const vid of vlans) if (!before.includes(vid)) control.setPoolVlan(port, vid, true, cause);
}

function syncAddresses(
  dataplane: Dataplane,
  index: LabIndex,
  endpoint: Endpoint,
  addresses: readonly string[],
  cause: number,
): void {
  const port = portOf(index, endpoint);
  const before = addressesInMemory(dataplane, index, endpoint).map(({ mac }) => mac);
  for (const mac of before) if (!addresses.includes(mac)) dataplane.control.setFilter(port, macNumber(mac), false, cause);
  for (const mac of addresses) if (!before.includes(mac)) dataplane.control.setFilter(port, macNumber(mac), true, cause);
}

/** A function's exact addresses as linear memory has them, with the events behind them. */
export function addressesInMemory(
  dataplane: Dataplane,
  index: LabIndex,
  endpoint: Endpoint,
): { readonly mac: string; readonly cause: number }[] {
  const node = nodeNumber(index, endpoint.slice(0, endpoint.indexOf(':')));
  const port = portOf(index, endpoint);
  const all = dataplane.rows((start) => dataplane.control.readFilters(node, start));
  return all.filter((row) => row.port === port).map(({ mac, cause }) => ({ mac: macFromNumber(Number(mac)), cause }));
}

/** Key and table of a function; on 82599 and X540 they are everybody's (rule RSS-03). */
export function setRss(dataplane: Dataplane, index: LabIndex, endpoint: Endpoint, { rssKey, rssTable }: FunctionState): void {
  const port = portOf(index, endpoint);
  const padded = rssKey.padEnd(KEY_WORD * KEY_WORDS, '0');
  const words = Array.from({ length: KEY_WORDS }, (_, i) => BigInt(`0x${padded.slice(i * KEY_WORD, (i + 1) * KEY_WORD)}`));
  dataplane.control.setRssKey(port, ...(words as [bigint, bigint, bigint, bigint, bigint, bigint, bigint]));
  for (let entry = 0; entry * 2 < rssTable.length; entry++) {
    dataplane.control.setRssEntry(port, entry, Number.parseInt(rssTable.slice(entry * 2, entry * 2 + 2), 16));
  }
}

function macNumber(mac: string): bigint {
  return BigInt(macToNumber(mac as Mac));
}
