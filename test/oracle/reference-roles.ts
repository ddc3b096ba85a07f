/**
 * The oracle of roles: who is active when, after one fault and its repair, by rules HA-01 to HA-14 alone, in ms. Both units power on at 0,
 * so heartbeats tick at whole multiples of their interval and hellos at those of 8 s.
 *
 * Where the rules are silent it fixes the following, and the engine must agree:
 * - A unit that is back says hello at once, and is answered at once.
 * - A silent HA1 that works again is noticed by the next heartbeat; hellos follow at once.
 */
import { betterOf, type PairDescription, peerOf, type RoleChange, type Unit } from './pair-model.ts';

/** Of HA-04, HA-05 and HA-08, in ms; docs/topology.md has them, too. */
const TIMERS = {
  recommended: { heartbeat: 2000, hold: 2000 },
  aggressive: { heartbeat: 1000, hold: 500 },
} as const;
const HELLO = 8000;
const INITIAL = 60_000;
const HA1_MONITOR_HOLD = 3000;
const ADDITIONAL_MASTER_HOLD_UP = 500;
const MONITOR_FAIL_HOLD_DOWN = 60_000;
const PREEMPTION_HOLD = 60_000;

/** One fault, and its repair: at ms that are no multiple of 1000. */
export interface Fault {
  readonly what: 'crash' | 'crash of both' | 'suspend' | 'process' | 'ha1' | 'ha2' | 'cable';
  /** Of the unit that is active before it; else of the passive one. */
  readonly ofActive: boolean;
  readonly atMs: number;
  readonly repairMs: number;
}

/** Every change of role from the start to `endMs`, in order of time. */
export function rolesAfter(pair: PairDescription, fault: Fault, endMs: number): readonly RoleChange[] {
  const active = betterOf(pair);
  const start: RoleChange[] = [
    { atMs: 0, unit: active, role: 'active' },
    { atMs: 0, unit: peerOf(active), role: 'passive' },
  ];
  return [...start, ...consequences(pair, fault)].filter(({ atMs }) => atMs < endMs).sort((a, b) => a.atMs - b.atMs);
}

function consequences(pair: PairDescription, fault: Fault): readonly RoleChange[] {
  const better = betterOf(pair);
  const unit = fault.ofActive ? better : peerOf(better);
  switch (fault.what) {
    case 'crash':
      return afterCrash(pair, unit, fault);
    case 'crash of both':
      // Rule HA-01: nobody answers.
      return [{ atMs: fault.repairMs + INITIAL, unit, role: 'active' }];
    case 'suspend':
      return afterSuspend(pair, unit, fault);
    case 'process':
      return afterProcess(pair, unit, fault);
    case 'ha1':
      return pair.hasHa1Backup ? [] : afterHa1(pair, fault);
    case 'ha2':
      return [];
    case 'cable':
      return afterCable(pair, unit, fault);
    default:
      return fault.what satisfies never;
  }
}

/** The first heartbeat after a time. */
function tickAfter({ profile }: PairDescription, ms: number): number {
  const { heartbeat } = TIMERS[profile];
  return (Math.floor(ms / heartbeat) + 1) * heartbeat;
}

/** Rules HA-07, HA-08: the third lost ping is declared at the tick after it, then the hold runs. */
function afterCrash(pair: PairDescription, unit: Unit, { atMs, repairMs }: Fault): readonly RoleChange[] {
  const { heartbeat, hold } = TIMERS[pair.profile];
  if (unit !== betterOf(pair)) return [{ atMs: repairMs, unit, role: 'passive' }];
  const promotedMs = tickAfter(pair, atMs) + 3 * heartbeat + hold;
  // Back before anybody took over: the peer is passive, and worse.
  if (repairMs < promotedMs) return [{ atMs: repairMs, unit, role: 'active' }];
  return [{ atMs: promotedMs, unit: peerOf(unit), role: 'active' }, ...returned(pair, unit, repairMs)];
}

/** Rule HA-06: a unit that finds its peer active is passive, however good it is; rule HA-14: for how long. */
function returned(pair: PairDescription, unit: Unit, atMs: number): readonly RoleChange[] {
  const passive: RoleChange = { atMs, unit, role: 'passive' };
  const mayPreempt = unit === betterOf(pair) && pair.preemptive[0] && pair.preemptive[1];
  if (!mayPreempt) return [passive];
  const takenMs = atMs + PREEMPTION_HOLD;
  return [passive, { atMs: takenMs, unit, role: 'active' }, { atMs: takenMs, unit: peerOf(unit), role: 'passive' }];
}

/** Rule HA-13: the peer promotes at once, and the unit leaves on request only. */
function afterSuspend(pair: PairDescription, unit: Unit, { atMs, repairMs }: Fault): readonly RoleChange[] {
  const taken: RoleChange[] = unit === betterOf(pair) ? [{ atMs, unit: peerOf(unit), role: 'active' }] : [];
  const back: RoleChange = { atMs: repairMs, unit, role: 'initial' };
  return [{ atMs, unit, role: 'suspended' }, ...taken, back, ...returned(pair, unit, repairMs)];
}

/** Rule HA-04: three hellos are missed after the first one that is; the unit that says none keeps its role. */
function afterProcess(pair: PairDescription, unit: Unit, { atMs, repairMs }: Fault): readonly RoleChange[] {
  if (unit !== betterOf(pair)) return [];
  const lastMs = Math.floor(atMs / HELLO) * HELLO;
  const promotedMs = lastMs + HELLO + 3 * HELLO + TIMERS[pair.profile].hold;
  if (repairMs < promotedMs) return [];
  // Both are active; the better one says so, and keeps its role (HA-03).
  return [
    { atMs: promotedMs, unit: peerOf(unit), role: 'active' },
    { atMs: repairMs, unit: peerOf(unit), role: 'passive' },
  ];
}

/** Rule HA-03: the link is declared down after its hold, and the passive unit promotes; when it is back the loser goes passive. */
function afterHa1(pair: PairDescription, { atMs, repairMs }: Fault): readonly RoleChange[] {
  const worse = peerOf(betterOf(pair));
  const promotedMs = atMs + HA1_MONITOR_HOLD + TIMERS[pair.profile].hold;
  const answeredMs = tickAfter(pair, repairMs);
  if (repairMs < atMs + HA1_MONITOR_HOLD || answeredMs < promotedMs) return [];
  // A unit that is promoted over a link that works again tells its peer so, and is told better.
  const heardMs = repairMs < promotedMs ? promotedMs : answeredMs;
  return [
    { atMs: promotedMs, unit: worse, role: 'active' },
    { atMs: heardMs, unit: worse, role: 'passive' },
  ];
}

/** Rules HA-09, HA-11: the active unit holds before it gives up active; a passive one is non-functional at once. One of two links is not all. */
function afterCable(pair: PairDescription, unit: Unit, { atMs, repairMs }: Fault): readonly RoleChange[] {
  if (pair.monitors !== 'any') return [];
  const isActive = unit === betterOf(pair);
  // Rule HA-12: a link that HA keeps down has not failed.
  if (!isActive && pair.shutdown !== null) return [];
  const failedMs = isActive ? atMs + ADDITIONAL_MASTER_HOLD_UP : atMs;
  if (repairMs <= failedMs) return [];
  const taken: RoleChange[] = isActive ? [{ atMs: failedMs, unit: peerOf(unit), role: 'active' }] : [];
  return [{ atMs: failedMs, unit, role: 'non-functional' }, ...taken, ...returned(pair, unit, repairMs + MONITOR_FAIL_HOLD_DOWN)];
}
