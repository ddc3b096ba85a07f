/**
 * Uplinks of a vSwitch as a team (rules NOT-01, VSW-16). One is active, the first that works; or, with a policy, all that work are used. An
 * uplink works while it has carrier and, with beacon probing, hears the others (beacons.ts). The host tells the physical switches where a
 * guest is whose uplink changed.
 *
 * Decision someone may dispute: with IP hash nobody is told, because the guests are behind a channel of all uplinks before and after.
 */
import type { EventData, Position } from '../../../model/events/events.ts';
import { vswitchPortOf } from '../../../model/lab/attachments.ts';
import { endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { interfaceAt, nodeNamed } from '../../../model/lab/lab-index.ts';
import type { VSwitch } from '../../../model/lab/nodes.ts';
import { chosenUplink, hashOfPort } from '../../../model/lab/teaming.ts';
import type { Mac } from '../../../values/mac.ts';
import { switchNotification } from '../../../wire/rarp.ts';
import type { Turn } from '../../turn/turn.ts';

const TRUNK = 4095;

/** Looks at the uplinks of a vSwitch because of an event: carrier or beacons of one changed. */
export function settleTeam(turn: Turn, node: string, cause: Position): void {
  const vswitch = nodeNamed(turn.index, node);
  if (vswitch?.kind !== 'vswitch') return;
  if (vswitch.teaming === undefined) chooseUplink(turn, vswitch, cause);
  else {
    // What fails is given up first: without failback an uplink takes over only when no other is used.
    const failed = vswitch.uplinks.filter((name) => !works(turn, node, name));
    for (const name of new Set([...failed, ...vswitch.uplinks])) useUplink(turn, vswitch, name, cause);
  }
}

/** The first uplink of the team that works is the active one; without failback, one that is active stays so while it works. */
function chooseUplink(turn: Turn, vswitch: VSwitch, cause: Position): void {
  const { name: node } = vswitch;
  const from = turn.state.uplinks[node] ?? '';
  const to =
    vswitch.keepsUplink === true && works(turn, node, from)
      ? from
      : (vswitch.uplinks.find((name) => works(turn, node, name)) ?? '');
  if (from === to) return;
  const position = turn.say('UplinkChanged', cause, { node, from, to });
  for (const port of guestPorts(turn, node)) notifySwitches(turn, port, 'uplink-change', position);
}

/** All uplinks that work are used; without failback, not one that comes back while another one is. */
function useUplink(turn: Turn, vswitch: VSwitch, name: string, cause: Position): void {
  const { name: node } = vswitch;
  const was = isUsed(turn, node, name);
  const isSpare = vswitch.keepsUplink === true && vswitch.uplinks.some((one) => one !== name && isUsed(turn, node, one));
  const used = works(turn, node, name) && (was || !isSpare);
  if (was === used) return;
  const ports = guestPorts(turn, node);
  const before = ports.map((port) => uplinkOf(turn, vswitch, port));
  const position = turn.say('TeamUplinkChanged', cause, { node, interface: name, used });
  if (vswitch.teaming === 'ip-hash') return;
  ports.forEach((port, i) => {
    if (uplinkOf(turn, vswitch, port) !== before[i]) notifySwitches(turn, port, 'uplink-change', position);
  });
}

function works({ state }: Turn, node: string, name: string): boolean {
  const endpoint = `${node}:${name}`;
  return state.interfaces[endpoint]?.isUp === true && state.teamUplinks[endpoint]?.isSilent !== true;
}

function isUsed({ state }: Turn, node: string, name: string): boolean {
  return state.teamUplinks[`${node}:${name}`]?.isUsed === true;
}

/** The uplink by which the frames of a guest leave; '' for none. With IP hash each frame may have another: that of a notification is the first. */
function uplinkOf(turn: Turn, vswitch: VSwitch, port: LabInterface): string {
  const { name: node, teaming } = vswitch;
  if (teaming === undefined) return turn.state.uplinks[node] ?? '';
  if (teaming === 'ip-hash') return chosenUplink(vswitch.uplinks, 0, (name) => isUsed(turn, node, name));
  const number = (turn.index.byNode.get(node) ?? []).findIndex(({ name }) => name === port.name);
  const guest = turn.index.peers.get(endpointOf(port)) ?? '';
  const mac = (turn.state.interfaces[guest]?.effectiveMac ?? '') as Mac;
  if (teaming === 'source-mac' && mac === '') return '';
  return chosenUplink(vswitch.uplinks, hashOfPort(teaming, number, mac), (name) => isUsed(turn, node, name));
}

function guestPorts({ index }: Turn, node: string): LabInterface[] {
  return (index.byNode.get(node) ?? []).filter(({ mode }) => mode === 'port');
}

/** Rule NOT-01: a vNIC that powers on is announced by its host, with its effective MAC. */
export function announceGuest(turn: Turn, node: string, cause: Position): void {
  for (const iface of turn.index.byNode.get(node) ?? []) {
    const port = vswitchPortOf(turn.index, endpointOf(iface));
    const found = port === null ? undefined : interfaceAt(turn.index, port);
    if (found !== undefined) notifySwitches(turn, found, 'power-on', cause);
  }
}

/** Rule NOT-01: the vNIC plugged into a vSwitch's port is announced by its host, where that does so, from the uplink that it sends by. */
export function notifySwitches(turn: Turn, port: LabInterface, why: EventData['SwitchNotifySent']['cause'], cause: Position): void {
  const vswitch = nodeNamed(turn.index, port.node);
  if (vswitch?.kind !== 'vswitch' || vswitch.isSilent === true) return;
  const uplink = uplinkOf(turn, vswitch, port);
  const guest = turn.index.peers.get(endpointOf(port));
  const mac = guest === undefined ? '' : (turn.state.interfaces[guest]?.effectiveMac ?? '');
  if (uplink === '' || mac === '' || turn.state.nodes[splitEndpoint(guest ?? '').node]?.power !== 'running') return;
  const position = turn.say('SwitchNotifySent', cause, { node: port.node, uplink, mac, cause: why });
  const tag = port.vlan === 0 || port.vlan === TRUNK ? null : { id: port.vlan, priority: 0, isDropEligible: false };
  turn.send(`${port.node}:${uplink}`, switchNotification(mac as Mac, tag), position);
}
