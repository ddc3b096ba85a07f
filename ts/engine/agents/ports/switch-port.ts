/** Ports and ARP inspection of physical switches, and impairments of lines: what operators set, and what switches do themselves. */
import { dropReasonName } from '../../../model/events/drop-reasons.ts';
import type { EventData, Position } from '../../../model/events/events.ts';
import { type Endpoint, splitEndpoint } from '../../../model/lab/endpoint.ts';
import type { LabInterface, PortSecurity } from '../../../model/lab/interfaces.ts';
import { type Impairment, UNIMPAIRED } from '../../../model/lab/links.ts';
import type { Ipv4 } from '../../../values/ipv4-address.ts';
import type { Mac } from '../../../values/mac.ts';
import type { Turn } from '../../turn/turn.ts';

const UNLIMITED: PortSecurity = { trusted: false, arpPerSecond: 0, macLimit: 0, onViolation: 'drop' };

/** Merges a change into a direction's impairment; null resets it. */
export function impair(turn: Turn, endpoint: Endpoint, change: Partial<Impairment> | null, cause: Position): void {
  const { node, name } = splitEndpoint(endpoint);
  const now = turn.state.interfaces[endpoint]?.line ?? UNIMPAIRED;
  turn.say('LineChanged', cause, { node, interface: name, ...(change === null ? UNIMPAIRED : { ...now, ...change }) });
}

/** Merges a change into what a switch port allows. */
export function secure(turn: Turn, endpoint: Endpoint, change: Partial<PortSecurity>, cause: Position): void {
  const { node, name } = splitEndpoint(endpoint);
  const now = turn.state.interfaces[endpoint]?.security ?? UNLIMITED;
  turn.say('PortSecurityChanged', cause, { node, interface: name, ...now, ...change });
}

/** Rule DAI-01: a static binding is made, changed or (null) removed. */
export function bind(turn: Turn, node: string, ip: Ipv4, mac: Mac | null, cause: Position): void {
  const old = turn.state.inspections[node]?.bindings[ip] ?? '';
  if (old === (mac ?? '')) return;
  turn.say('ArpBindingChanged', cause, { node, ip, old, new: mac ?? '' });
}

export function setPortState(
  turn: Turn,
  endpoint: Endpoint,
  state: EventData['PortStateChanged']['state'],
  reason: string,
  cause: Position,
): void {
  if (turn.state.interfaces[endpoint]?.portState === state) return;
  const { node, name } = splitEndpoint(endpoint);
  turn.say('PortStateChanged', cause, { node, interface: name, state, reason });
}

/** The data plane shut a port down: for a drop reason, because of the event that set its limit. */
export function portDisabledItself(turn: Turn, port: LabInterface, reason: number, cause: Position): void {
  setPortState(turn, `${port.node}:${port.name}`, 'disabled', dropReasonName(reason), Math.max(1, cause));
}
