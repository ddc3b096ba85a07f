/**
 * Which ports of an aggregate may be used together (IEEE 802.1AX, 6.4.14): those with one partner. Ports with a second partner, or none,
 * are left out; when there are more than the aggregate uses at once, the others stand by.
 */
import { type Lacp, PORT_PRIORITY_DEFAULT } from '../../../model/lab/lacp.ts';
import { macToNumber } from '../../../values/mac.ts';
import { LACP_STATE, type LacpInfo } from '../../../wire/lacp.ts';
import type { LacpPort } from '../../turn/memory.ts';
import { isAttached, isSameSystem } from './machines.ts';

/**
 * Decision someone may dispute: without fast failover, a port that stands by takes another's place after so long. The platform's words
 * are "at least three seconds".
 */
export const FAILOVER_NS = 3_000_000_000;

/** One port, with what it says of itself. */
export interface Candidate {
  readonly name: string;
  readonly port: LacpPort;
  readonly own: LacpInfo;
}

/** Sets `selected` of all ports. */
export function select(candidates: readonly Candidate[], lacp: Lacp, nowNs: number): void {
  const usable = candidates.filter(isUsable);
  // The partner of those in use stays the partner.
  const chosen = usable.find(({ port }) => port.selected === 'selected' && isAttached(port)) ?? usable[0];
  const partner = chosen?.port.partner ?? null;
  const together = usable.filter(({ port }) => partner !== null && port.partner !== null && isSameSystem(port.partner, partner));
  const used = new Set([...together].sort(byPriority(lacp)).slice(0, lacp.maxPorts));
  for (const candidate of candidates) {
    const { port } = candidate;
    const was = port.selected;
    port.selected = used.has(candidate) ? 'selected' : together.includes(candidate) ? 'standby' : 'unselected';
    const isPromoted = was === 'standby' && port.selected === 'selected' && port.mux === 'waiting';
    if (isPromoted) port.waitNs = lacp.fastFailover === true ? nowNs : nowNs + FAILOVER_NS;
  }
}

/** A partner that was heard, that aggregates, and that is not the system itself. */
function isUsable({ port, own }: Candidate): boolean {
  const { partner } = port;
  return port.isEnabled && partner !== null && (partner.state & LACP_STATE.aggregation) !== 0 && !isSameSystem(partner, own);
}

/** The better system of the two decides: by its priority, then by its MAC, the lower ones first. So both ends use the same ports. */
function byPriority({ systemPriority, system, portPriorities }: Lacp): (a: Candidate, b: Candidate) => number {
  return (a, b) => {
    const other = a.port.partner;
    const isOurs =
      other === null ||
      systemPriority < other.systemPriority ||
      (systemPriority === other.systemPriority && macToNumber(system) <= macToNumber(other.system));
    const rank = ({ name, own, port }: Candidate) =>
      isOurs
        ? ([portPriorities[name] ?? PORT_PRIORITY_DEFAULT, own.port] as const)
        : ([port.partner?.portPriority ?? 0, port.partner?.port ?? 0] as const);
    const [[p, m], [q, n]] = [rank(a), rank(b)];
    return p - q || m - n;
  };
}
