/**
 * Data links of a unit that is not active (rule HA-12). With passive link state `shutdown` they have no carrier, at either end; a unit
 * that becomes active brings them up, at once or after the time that its NICs need.
 *
 * A non-functional unit keeps its links as they are (the lab's choice): without carrier it could not see them recover.
 */
import type { Position } from '../../../model/events/events.ts';
import { cabledOf } from '../../../model/lab/aggregates.ts';
import { linkEnds } from '../../../model/lab/attachments.ts';
import { endpointOf } from '../../../model/lab/endpoint.ts';
import type { InterfaceMode, LabInterface } from '../../../model/lab/interfaces.ts';
import { type LabIndex, MANAGEMENT } from '../../../model/lab/lab-index.ts';
import { isSubinterface } from '../../../model/lab/subinterface.ts';
import { named } from '../../../values/named.ts';
import type { Turn } from '../../turn/turn.ts';
import { setCarrier } from '../ports/carrier.ts';
import { haOf, unitOf } from './ends.ts';

const DATA_MODES: ReadonlySet<InterfaceMode> = new Set(['layer3', 'layer2', 'virtual-wire', 'tap']);

/** Takes carrier from the data links, where the pair is configured so. */
export function shutLinks(turn: Turn, node: string, cause: Position): void {
  const unit = unitOf(turn, node);
  if (unit?.pair.passiveLinkState !== 'shutdown' || turn.memory(node).shut !== null) return;
  const ports = linesOf(turn.index, node).flatMap((iface) => cabledOf(turn.index, endpointOf(iface)));
  const shut = named(ports.map((port) => [port, turn.state.interfaces[port]?.isUp ?? false] as const));
  for (const port of ports) for (const end of linkEnds(turn.index, port) ?? []) setCarrier(turn, end, false, cause);
  turn.memory(node).shut = shut;
}

/** Interfaces for data of every mode, not of layer 3 alone, that have cables of their own or by members. */
function linesOf(index: LabIndex, node: string): readonly LabInterface[] {
  const isData = ({ mode, name }: LabInterface) => DATA_MODES.has(mode) && name !== MANAGEMENT;
  return (index.byNode.get(node) ?? []).filter((iface) => isData(iface) && !isSubinterface(iface));
}

/** The unit became active: its links come up, now or later. */
export function openLinks(turn: Turn, node: string, cause: Position): void {
  const unit = unitOf(turn, node);
  if (unit === null || turn.memory(node).shut === null) return;
  const { linkBringupNs = 0 } = unit.pair;
  if (linkBringupNs === 0) bringUp(turn, node, cause);
  else unit.memory.linksUpNs = turn.nowNs + linkBringupNs;
}

/** A commit changed what the unit does with its links while it is not active. */
export function followLinkState(turn: Turn, node: string, cause: Position): void {
  const unit = unitOf(turn, node);
  const { state } = haOf(turn, node);
  if (unit === null) return;
  if (unit.pair.passiveLinkState !== 'shutdown') bringUp(turn, node, cause);
  else if (state === 'passive' || state === 'suspended') shutLinks(turn, node, cause);
}

/** @returns when the links come up; null when nothing is to come. */
export function watchLinks(turn: Turn, node: string): number | null {
  const memory = turn.memory(node).ha;
  if (memory === null || memory.linksUpNs === null) return null;
  if (turn.nowNs < memory.linksUpNs) return memory.linksUpNs;
  memory.linksUpNs = null;
  bringUp(turn, node, haOf(turn, node).since);
  return null;
}

/** Gives each link the carrier that its cable has. */
export function bringUp(turn: Turn, node: string, cause: Position): void {
  const { shut } = turn.memory(node);
  turn.memory(node).shut = null;
  for (const [port, isUp] of Object.entries(shut ?? {})) {
    for (const end of linkEnds(turn.index, port) ?? []) if (isUp) setCarrier(turn, end, true, cause);
  }
}
