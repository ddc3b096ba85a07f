/**
 * HA2, the data link of a pair (rule HA-02): whether it works, by its carrier and, where the pair has keep-alive, by its frames. The
 * sessions that cross it are in session-sync.ts (HA-19).
 *
 * A unit sends a keep-alive frame of type 0x7261 each second, and declares the link down after ten without one (the lab's choice of the
 * second; ten is the platform's threshold). HA2 that is down changes no role.
 */
import type { Position } from '../../../model/events/events.ts';
import type { Endpoint } from '../../../model/lab/endpoint.ts';
import type { LabInterface } from '../../../model/lab/interfaces.ts';
import type { Mac } from '../../../values/mac.ts';
import { ETHERTYPE, emitEthernet, padToMinimum } from '../../../wire/ethernet.ts';
import { causeOfSilence } from '../../turn/silence.ts';
import type { Turn } from '../../turn/turn.ts';
import { ha2PortsOf, haOf, unitOf } from './ends.ts';
import { declareLink } from './link.ts';
import { receiveSessions, startResync } from './session-sync.ts';

export const KEEP_ALIVE_NS = 1_000_000_000;
export const KEEP_ALIVE_THRESHOLD_NS = 10_000_000_000;

/** Sets the first keep-alive frame. */
export function startKeepAlive(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  if (ha2PortsOf(turn, node) === null || unit?.pair.ha2KeepAlive !== true) return;
  unit.memory.nextKeepAliveNs = turn.nowNs + KEEP_ALIVE_NS;
  turn.wake(node, 'ha-keep-alive', unit.memory.nextKeepAliveNs);
}

/** Time for the next keep-alive frame. */
export function keepAliveTick(turn: Turn, node: string): void {
  const unit = unitOf(turn, node);
  const ports = ha2PortsOf(turn, node);
  if (unit === null || ports === null) return;
  const [src, dst] = [ports.own, ports.peer].map((port) => turn.state.interfaces[port]?.usedMac as Mac) as [Mac, Mac];
  const payload = new TextEncoder().encode(JSON.stringify({ group: unit.pair.group }));
  turn.send(ports.own, padToMinimum(emitEthernet({ dst, src, etherType: ETHERTYPE.ha2, payload })), haOf(turn, node).since);
  unit.memory.nextKeepAliveNs += KEEP_ALIVE_NS;
  turn.wake(node, 'ha-keep-alive', unit.memory.nextKeepAliveNs);
}

/** A frame of type 0x7261 reached an HA port. */
export function handleHa2Frame(turn: Turn, { node, name }: LabInterface, payload: Uint8Array, cause: Position): void {
  const unit = unitOf(turn, node);
  if (unit === null || unit.pair.ha2 !== name) return;
  unit.memory.ha2 = { position: turn.state.changedAt, cause };
  unit.memory.ha2HeardNs = turn.nowNs;
  if (haOf(turn, node).linksDown.includes('ha2')) turn.wake(node, 'ha-watch', turn.nowNs);
  receiveSessions(turn, node, payload, cause);
}

/** Declares HA2 down or up. @returns when the keep-alive frames count as lost; null when none are awaited. */
export function watchHa2(turn: Turn, node: string): number | null {
  const unit = unitOf(turn, node);
  const ports = ha2PortsOf(turn, node);
  const port = turn.state.interfaces[ports?.own ?? ''];
  if (unit === null || ports === null || port === undefined) return null;
  const endNs = unit.pair.ha2KeepAlive === true ? unit.memory.ha2HeardNs + KEEP_ALIVE_THRESHOLD_NS : null;
  const isSilent = endNs !== null && turn.nowNs >= endNs;
  const isUp = port.isUp && !isSilent;
  if (isUp === haOf(turn, node).linksDown.includes('ha2')) {
    const by = port.isUp && endNs !== null ? 'connection' : 'carrier';
    const cause = causeOf(turn, ports, unit.memory.ha2HeardNs, isSilent && port.isUp);
    const position = declareLink(turn, node, { link: 'ha2', up: isUp, by }, cause);
    if (isUp) startResync(turn, node, position);
  }
  return isUp ? endNs : null;
}

/** The change of carrier; or what keeps the peer's frames away. */
function causeOf(turn: Turn, { own, peer }: { own: Endpoint; peer: Endpoint }, sinceNs: number, isSilent: boolean): Position {
  const { node = '' } = turn.index.lab.interfaces.find((iface) => `${iface.node}:${iface.name}` === own) ?? {};
  const { position, cause } = turn.memory(node).ha?.ha2 ?? { position: 0, cause: 0 };
  const carrier = turn.state.interfaces[own]?.carrierSince ?? cause;
  if (!isSilent) return Math.max(carrier, turn.state.interfaces[own]?.isUp ? cause : 0);
  return causeOfSilence(turn, { at: own, from: peer, heard: position, sinceNs, otherwise: cause });
}
