/** The timers of nodes, and the agents they wake. */
import { TIMER_SLOTS, type TimerSlot } from '../dataplane/sizing.ts';
import type { Lab } from '../model/lab/lab.ts';
import { migrationTick } from './agents/devices/migration.ts';
import { driverTick, watch } from './agents/devices/pf.ts';
import { cloudTick } from './agents/ha/cloud.ts';
import { helloOverdue, helloTick } from './agents/ha/ha.ts';
import { keepAliveTick, syncTick } from './agents/ha/ha2.ts';
import { heartbeatTick } from './agents/ha/heartbeat.ts';
import { pathTick } from './agents/ha/path-monitor.ts';
import { endInitial, promote } from './agents/ha/peer.ts';
import { watch as watchHa } from './agents/ha/watch.ts';
import { settleAggregates } from './agents/lacp/lacp.ts';
import { leaseTick } from './agents/leases/leases.ts';
import { ipv6Tick } from './agents/neighbours/announce6.ts';
import { askAll } from './agents/neighbours/asking.ts';
import { continueBurst } from './agents/neighbours/garp.ts';
import { beaconTick } from './agents/ports/beacons.ts';
import { cableTick } from './agents/ports/plug-in.ts';
import { pingTick } from './agents/traffic/ping.ts';
import { probeTick } from './agents/traffic/probes.ts';
import type { Turn } from './turn/turn.ts';

const TIMERS: Readonly<Record<TimerSlot, (turn: Turn, node: string) => void>> = {
  arp: askAll,
  garp: continueBurst,
  heartbeat: heartbeatTick,
  hello: helloTick,
  'hello-wait': helloOverdue,
  hold: promote,
  initial: endInitial,
  'vf-driver': driverTick,
  watchdog: watch,
  'ha-watch': watchHa,
  'ha-path': pathTick,
  'ha-keep-alive': keepAliveTick,
  ping: pingTick,
  'session-sync': syncTick,
  lacp: settleAggregates,
  lease: leaseTick,
  ipv6: ipv6Tick,
  migration: migrationTick,
  cloud: cloudTick,
  beacon: beaconTick,
  probe: probeTick,
  carrier: cableTick,
};

/** A node's timer went off. @param timer its number in the data plane. */
export function fireTimer(turn: Turn, { nodes }: Lab, timer: number): void {
  const node = nodes[Math.floor(timer / TIMER_SLOTS.length)];
  const slot = TIMER_SLOTS[timer % TIMER_SLOTS.length];
  if (node === undefined || slot === undefined) return;
  const stunnedUntilNs = turn.state.migrations[node.name]?.stunnedUntilNs ?? null;
  // Rule PCI-03: a stunned guest does nothing. What came due meanwhile is done right after it runs again.
  if (stunnedUntilNs !== null && slot !== 'migration') turn.wake(node.name, slot, stunnedUntilNs + 1);
  else TIMERS[slot](turn, node.name);
}
