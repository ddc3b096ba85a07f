/**
 * Beacon probing (rule VSW-16): each uplink of a team sends a broadcast every second, and the others of the team listen. One that has carrier
 * and misses three in a row, while others hear each other, is cut off behind its switch and counts as failed until it hears a beacon again.
 *
 *   up1 ── psw1 ──╳── psw2 ── up2, up3       up1 hears nobody, up2 and up3 hear each other: up1 failed
 *
 * Decision someone may dispute: with fewer than three uplinks, or when nobody hears anybody, nobody can tell who failed. vSphere then sends each
 * frame by all uplinks; here nothing changes, and `validate` warns of a team of two.
 */
import type { Position } from '../../../model/events/events.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { nodeNamed, portOf } from '../../../model/lab/lab-index.ts';
import type { VSwitch } from '../../../model/lab/nodes.ts';
import { BEACON_UPLINKS_MIN } from '../../../model/lab/teaming.ts';
import { macFromNumber } from '../../../values/mac.ts';
import { named } from '../../../values/named.ts';
import { emitBeacon, parseBeacon } from '../../../wire/beacon.ts';
import type { Beacons } from '../../turn/probing.ts';
import { causeOfSilence } from '../../turn/silence.ts';
import type { Turn } from '../../turn/turn.ts';
import { settleTeam } from './team.ts';

const INTERVAL_NS = 1_000_000_000;
const MISSES = 3;
/** Of the MACs that ESXi gives its own ends of uplinks: 00:50:56:50:00:00 and on. */
const UPLINK_MACS = 0x0050_5650_0000;

/** A vSwitch starts: its uplinks begin to send, and have three seconds to hear. */
export function startBeacons(turn: Turn, node: string, cause: Position): void {
  if (proberNamed(turn, node) === null) return;
  turn.memory(node).beacons = { cause, heard: named() };
  turn.wake(node, 'beacon', turn.nowNs);
}

/** A second is over. */
export function beaconTick(turn: Turn, node: string): void {
  const vswitch = proberNamed(turn, node);
  const memory = turn.memory(node).beacons;
  if (vswitch === null || memory === null) return;
  judge(turn, vswitch, memory);
  for (const uplink of vswitch.uplinks.filter((name) => isUp(turn, node, name))) {
    const endpoint = `${node}:${uplink}`;
    const mac = macFromNumber(UPLINK_MACS + portOf(turn.index, endpoint));
    turn.send(endpoint, emitBeacon(mac, { vswitch: node, uplink }), memory.cause);
  }
  turn.wake(node, 'beacon', turn.nowNs + INTERVAL_NS);
}

/** A beacon came by an uplink. Those of other vSwitches tell nothing of this team. */
export function hearBeacon(turn: Turn, iface: LabInterface, payload: Uint8Array, cause: Position): void {
  const { node, name } = iface;
  const beacon = parseBeacon(payload);
  const memory = turn.memory(node).beacons;
  if (memory === null || beacon?.vswitch !== node || beacon.uplink === name) return;
  memory.heard[name] = { atNs: turn.nowNs, from: beacon.uplink, position: turn.state.changedAt, cause };
  if (turn.state.teamUplinks[endpointOf(iface)]?.isSilent !== true) return;
  const position = turn.say('UplinkBeaconsChanged', cause, { node, interface: name, heard: true });
  settleTeam(turn, node, position);
}

/** Uplinks that missed three beacons in a row, while at least two others did not. */
function judge(turn: Turn, { name: node, uplinks }: VSwitch, memory: Beacons): void {
  for (const name of uplinks) {
    if (!isUp(turn, node, name)) delete memory.heard[name];
    else memory.heard[name] ??= { atNs: turn.nowNs, from: '', position: turn.state.changedAt, cause: memory.cause };
  }
  const up = uplinks.filter((name) => isUp(turn, node, name));
  const deaf = up.filter((name) => turn.nowNs - (memory.heard[name]?.atNs ?? turn.nowNs) > MISSES * INTERVAL_NS);
  const [hearing] = up.filter((name) => !deaf.includes(name));
  if (up.length < BEACON_UPLINKS_MIN || up.length - deaf.length < 2 || hearing === undefined) return;
  for (const name of deaf) {
    const endpoint = `${node}:${name}`;
    const last = memory.heard[name];
    if (turn.state.teamUplinks[endpoint]?.isSilent !== false || last === undefined) continue;
    const from = `${node}:${last.from === '' ? hearing : last.from}`;
    const cause = causeOfSilence(turn, { at: endpoint, from, heard: last.position, sinceNs: last.atNs, otherwise: last.cause });
    const position = turn.say('UplinkBeaconsChanged', cause, { node, interface: name, heard: false });
    settleTeam(turn, node, position);
  }
}

function proberNamed({ index }: Turn, node: string): VSwitch | null {
  const vswitch = nodeNamed(index, node);
  return vswitch?.kind === 'vswitch' && vswitch.probesBeacons === true ? vswitch : null;
}

function isUp({ state }: Turn, node: string, name: string): boolean {
  return state.interfaces[`${node}:${name}`]?.isUp === true;
}
