/** Carrier of interfaces, and what follows it: subinterfaces, virtual wires, functions of a NIC, teams of uplinks (team.ts). */

import type { Position } from '../../../model/events/events.ts';
import { familyOf } from '../../../model/hardware/nic.ts';
import { functionsOf, linkEnds, nicOf } from '../../../model/lab/attachments.ts';
import { joinedWith, wireOf } from '../../../model/lab/bridge.ts';
import { type Endpoint, endpointOf, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import { interfaceAt } from '../../../model/lab/lab-index.ts';
import type { Nic } from '../../../model/lab/nodes.ts';
import { subinterfacesOf } from '../../../model/lab/subinterface.ts';
import type { Turn } from '../../turn/turn.ts';
import { forgetBehind } from '../neighbours/linux.ts';
import { isLinkUp, toldMbps } from './function-link.ts';
import { settleTeam } from './team.ts';

/** An interface's carrier comes or goes, and its subinterfaces' with it. Where HA keeps a link down, only what its cable has is noted (rule HA-12). */
export function setCarrier(turn: Turn, endpoint: Endpoint, up: boolean, cause: Position): void {
  if (isKeptDown(turn, endpoint, up, cause)) return;
  if (turn.state.interfaces[endpoint]?.isUp === up) return;
  const { node, name } = splitEndpoint(endpoint);
  const position = turn.say('InterfaceLinkChanged', cause, { node, interface: name, up });
  if (!up) forgetBehind(turn, endpoint, position);
  // A unit of an HA pair looks at it in a turn of its own: what it decides depends on all carriers of this instant.
  if (turn.index.ha.has(node)) turn.wake(node, 'ha-watch', turn.nowNs);
  const iface = interfaceAt(turn.index, endpoint);
  // So is an aggregate: it may lose several members in this instant.
  if (iface?.memberOf !== undefined) turn.wake(node, 'lacp', turn.nowNs);
  if (iface?.mode === 'uplink') settleTeam(turn, node, position);
  if (iface?.mode === 'wire') followWire(turn, node, position);
  if (iface?.mode === 'virtual-wire') passLinkState(turn, iface, up, position);
  for (const sub of subinterfacesOf(turn.index, endpoint)) setCarrier(turn, endpointOf(sub), up, position);
}

/**
 * Rule MODE-04: a firewall that runs gives the other end of a virtual wire the carrier of this one, so that what is plugged in there
 * sees the loss too.
 */
function passLinkState(turn: Turn, iface: LabInterface, up: boolean, cause: Position): void {
  if (wireOf(turn.index, iface)?.passesLinkState !== true || turn.state.nodes[iface.node]?.power !== 'running') return;
  for (const across of joinedWith(turn.index, endpointOf(iface))) {
    for (const end of linkEnds(turn.index, across) ?? []) setCarrier(turn, end, up, cause);
  }
}

/** @param up what the cable has from now on, because of the event at `cause`; HA gives it back when it brings the link up. */
function isKeptDown(turn: Turn, endpoint: Endpoint, up: boolean, cause: Position): boolean {
  for (const end of [endpoint, turn.index.peers.get(endpoint) ?? endpoint]) {
    const { node } = splitEndpoint(end);
    const shut = turn.index.ha.has(node) ? turn.memory(node).shut : null;
    if (shut === null || !Object.hasOwn(shut, end)) continue;
    shut[end] = up;
    const { cut } = turn.memory(node);
    if (up) delete cut[end];
    else cut[end] ??= cause;
    return true;
  }
  return false;
}

/** The wire's carrier came or went: PF and VFs on `auto` follow it (rule VF-13). */
function followWire(turn: Turn, node: string, cause: Position): void {
  const nic = nicOf(turn.index, node);
  if (nic === null) return;
  for (const iface of functionsOf(turn.index, nic)) tellLink(turn, nic, endpointOf(iface), cause);
}

/** Rules VF-13, VCH-09: the interface behind a function has carrier as the PF tells it. */
export function tellLink(turn: Turn, nic: Nic, endpoint: Endpoint, cause: Position): void {
  const guest = turn.index.peers.get(endpoint);
  const reported = familyOf(nic.model) === '40g' ? reportLink(turn, nic, endpoint, cause) : cause;
  if (guest !== undefined) setCarrier(turn, guest, isLinkUp(turn, nic, endpoint), reported);
}

/** Rule VCH-09: the PF of 40G pushes a link event to a VF that works. What it knows already is not said again. */
function reportLink(turn: Turn, nic: Nic, endpoint: Endpoint, cause: Position): Position {
  const vf = turn.state.functions[endpoint];
  const speedMbps = toldMbps(turn, nic, endpoint);
  if (vf?.kind !== 'vf' || vf.status !== 'ready' || vf.toldMbps === speedMbps) return cause;
  const { node, name } = splitEndpoint(endpoint);
  return turn.say('VfLinkReported', cause, { node, interface: name, up: speedMbps !== 0, speedMbps });
}
