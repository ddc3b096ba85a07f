/**
 * LACP's state machines for one port (IEEE 802.1AX, 6.4.12 to 6.4.16): receive, periodic, mux with independent control of collecting and
 * distributing. Plain functions over plain data: they know no lab and record nothing.
 *
 *   receive   expired ──3 s──► defaulted          mux   detached ─► waiting ─2 s─► attached ─► collecting ─► distributing
 *                ▲ │frame                                 ▲ no carrier, not selected   │ partner in sync   │ partner collects
 *     3 s or 90 s│ ▼                                      └────────────────────────────┴───────────────────┘
 *             current
 */
import type { Lacp } from '../../../model/lab/lacp.ts';
import type { Mac } from '../../../values/mac.ts';
import { LACP_STATE, type Lacpdu, type LacpInfo } from '../../../wire/lacp.ts';
import type { LacpPort } from '../../turn/memory.ts';

/** IEEE 802.1AX, 6.4.4: times between frames, after how long without one the partner is silent, how long a port waits for its fellows. */
export const FAST_PERIODIC_NS = 1_000_000_000;
export const SLOW_PERIODIC_NS = 30_000_000_000;
export const SHORT_TIMEOUT_NS = 3_000_000_000;
export const LONG_TIMEOUT_NS = 90_000_000_000;
export const AGGREGATE_WAIT_NS = 2_000_000_000;
/** So many frames may leave within a second. */
const BURST_MAX = 3;

/** The partner that nobody heard. */
export const NOBODY: LacpInfo = {
  systemPriority: 0,
  system: '00:00:00:00:00:00' as Mac,
  key: 0,
  portPriority: 0,
  port: 0,
  state: 0,
};

export function newPort(): LacpPort {
  return {
    isEnabled: false,
    receive: 'expired',
    silentNs: null,
    partner: null,
    isPartnerInSync: false,
    isPartnerFast: false,
    selected: 'unselected',
    mux: 'detached',
    waitNs: 0,
    mustSend: false,
    nextNs: null,
    sentNs: [],
    heard: { position: 0, cause: 1 },
    heardNs: 0,
    cause: 1,
  };
}

/** The state bits that a port tells of itself. */
export function stateOf(port: LacpPort, { mode, rate }: Pick<Lacp, 'mode' | 'rate'>): number {
  return (
    LACP_STATE.aggregation |
    (mode === 'active' ? LACP_STATE.activity : 0) |
    (rate === 'fast' ? LACP_STATE.timeout : 0) |
    (isAttached(port) ? LACP_STATE.synchronization : 0) |
    (isCollecting(port) ? LACP_STATE.collecting : 0) |
    (port.mux === 'distributing' ? LACP_STATE.distributing : 0) |
    (port.receive === 'defaulted' ? LACP_STATE.defaulted : 0) |
    (port.receive === 'expired' ? LACP_STATE.expired : 0)
  );
}

export function isCollecting({ mux }: LacpPort): boolean {
  return mux === 'collecting' || mux === 'distributing';
}

// ── Receive ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The port got carrier, or its node began to speak LACP: it gives the partner three seconds. */
export function enable(port: LacpPort, nowNs: number): void {
  port.isEnabled = true;
  becomeExpired(port, nowNs);
}

/** The port lost carrier, or its node stopped speaking LACP. */
export function disable(port: LacpPort): void {
  Object.assign(port, { isEnabled: false, silentNs: null, isPartnerInSync: false, mustSend: false, nextNs: null });
}

function becomeExpired(port: LacpPort, nowNs: number): void {
  Object.assign(port, { receive: 'expired', isPartnerInSync: false, isPartnerFast: true, mustSend: true });
  port.silentNs = nowNs + SHORT_TIMEOUT_NS;
}

/** The partner's time may have ended. @returns what it counts as from now on; null while it has time. */
export function expire(port: LacpPort, nowNs: number): 'expired' | 'lost' | null {
  if (port.silentNs === null || nowNs < port.silentNs) return null;
  if (port.receive === 'current') {
    becomeExpired(port, nowNs);
    return 'expired';
  }
  const hadPartner = port.partner !== null;
  Object.assign(port, { receive: 'defaulted', silentNs: null, partner: null, isPartnerFast: false, mustSend: true });
  return hadPartner ? 'lost' : null;
}

/**
 * A frame of the partner. @param own what the port says of itself.
 * @returns whether it says anything that the last one did not.
 */
export function hear(port: LacpPort, own: LacpInfo, { actor, partner }: Lacpdu, nowNs: number): boolean {
  const isNews = port.receive !== 'current' || port.partner === null || !isSame(port.partner, actor, 0xff);
  const isMe = isSame(partner, own, LACP_STATE.aggregation);
  const speaks = ((actor.state | (partner.state & own.state)) & LACP_STATE.activity) !== 0;
  // Another port than before: what was agreed with that one is void.
  if (port.partner !== null && !isSameEnd(port.partner, actor)) Object.assign(port, { selected: 'unselected', mux: 'detached' });
  port.receive = 'current';
  port.partner = actor;
  port.isPartnerInSync = isMe && speaks && (actor.state & LACP_STATE.synchronization) !== 0;
  port.isPartnerFast = (actor.state & LACP_STATE.timeout) !== 0;
  port.silentNs = nowNs + ((own.state & LACP_STATE.timeout) !== 0 ? SHORT_TIMEOUT_NS : LONG_TIMEOUT_NS);
  // The partner does not know yet what this port is.
  if (!isSame(partner, own, TOLD)) port.mustSend = true;
  return isNews;
}

/** The state bits whose change is told at once (update_NTT). */
const TOLD = LACP_STATE.activity | LACP_STATE.timeout | LACP_STATE.synchronization | LACP_STATE.aggregation;

function isSame(a: LacpInfo, b: LacpInfo, bits: number): boolean {
  return isSameEnd(a, b) && (a.state & bits) === (b.state & bits);
}

/** Whether both describe the same port of the same system. */
export function isSameEnd(a: LacpInfo, b: LacpInfo): boolean {
  return isSameSystem(a, b) && a.portPriority === b.portPriority && a.port === b.port;
}

/** Whether ports of the two ends may be one aggregate. */
export function isSameSystem(a: LacpInfo, b: LacpInfo): boolean {
  return a.systemPriority === b.systemPriority && a.system === b.system && a.key === b.key;
}

// ── Mux ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Brings the ports of an aggregate as far as selection and partners allow, down before up. */
export function advance(ports: readonly LacpPort[], minLinks: number, nowNs: number): void {
  for (let moves = 1; moves > 0; ) {
    const ready = ports.filter((port) => port.selected === 'selected' && port.isPartnerInSync && isAttached(port)).length;
    const hasWaited = ports.every((port) => port.mux !== 'waiting' || port.selected !== 'selected' || port.waitNs <= nowNs);
    moves = 0;
    for (const port of ports) {
      const next = nextMux(port, hasWaited, ready >= minLinks);
      if (next === port.mux) continue;
      if (next === 'waiting') port.waitNs = nowNs + AGGREGATE_WAIT_NS;
      port.mux = next;
      port.mustSend = true;
      moves++;
    }
  }
}

/** Whether a port takes part: its partner may use it. */
export function isAttached({ mux }: LacpPort): boolean {
  return mux !== 'detached' && mux !== 'waiting';
}

function nextMux(port: LacpPort, hasWaited: boolean, isEnough: boolean): LacpPort['mux'] {
  const isSelected = port.selected === 'selected';
  const mayCollect = isSelected && port.isPartnerInSync && isEnough;
  const mayDistribute = mayCollect && ((port.partner?.state ?? 0) & LACP_STATE.collecting) !== 0;
  switch (port.mux) {
    case 'detached':
      return port.selected === 'unselected' ? 'detached' : 'waiting';
    case 'waiting':
      return port.selected === 'unselected' ? 'detached' : isSelected && hasWaited ? 'attached' : 'waiting';
    case 'attached':
      return !isSelected ? 'detached' : mayCollect ? 'collecting' : 'attached';
    case 'collecting':
      return !mayCollect ? 'attached' : mayDistribute ? 'distributing' : 'collecting';
    case 'distributing':
      return mayDistribute ? 'distributing' : 'collecting';
    default:
      return port.mux satisfies never;
  }
}

// ── Periodic, transmit ──────────────────────────────────────────────────────────────────────────────────────────────

/** Whether a frame leaves now; what is next is noted. A port that is passive, with a partner that is, too, sends none. */
export function takeSending(port: LacpPort, mode: Lacp['mode'], nowNs: number): boolean {
  const speaks = mode === 'active' || ((port.partner?.state ?? 0) & LACP_STATE.activity) !== 0;
  if (!port.isEnabled || !speaks) {
    port.mustSend = false;
    port.nextNs = null;
    return false;
  }
  const periodNs = port.isPartnerFast ? FAST_PERIODIC_NS : SLOW_PERIODIC_NS;
  // The first frame, the next one, or one that the partner wants sooner than it was meant to come.
  if (port.nextNs === null || port.nextNs <= nowNs || port.nextNs > nowNs + periodNs) {
    port.mustSend = true;
    port.nextNs = nowNs + periodNs;
  }
  if (!port.mustSend || (freeNs(port) ?? 0) > nowNs) return false;
  port.mustSend = false;
  port.sentNs = [...port.sentNs, nowNs].slice(-BURST_MAX);
  return true;
}

/** When the next frame may leave after as many as a second allows; null where that is any time. */
function freeNs({ sentNs }: LacpPort): number | null {
  return sentNs.length < BURST_MAX ? null : (sentNs[0] ?? 0) + FAST_PERIODIC_NS;
}

/** When something is due at a port; null for nothing. */
export function dueNs(port: LacpPort, nowNs: number): number | null {
  const times = [port.silentNs, port.nextNs, port.mustSend ? freeNs(port) : null];
  if (port.mux === 'waiting' && port.selected === 'selected') times.push(port.waitNs);
  const later = times.filter((ns) => ns !== null).filter((ns) => ns > nowNs);
  return later.length === 0 ? null : Math.min(...later);
}
