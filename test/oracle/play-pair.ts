/**
 * Plays a pair in the engine and on the oracle, and says in words where they first differ: roles, what becomes of each frame, sessions of
 * both units, announcements.
 */
import type { VlanTag } from '../../ts/wire/ethernet.ts';
import { DataplanePair, type Seen } from './dataplane-pair.ts';
import { type ArrivingFrame, cableOf, type Fate, type LeavingFrame } from './firewall-model.ts';
import { type PairDescription, type RoleChange, type TimedAction, UNITS, type Unit } from './pair-model.ts';
import type { Outcomes } from './play.ts';
import { fateText, frameOf, namesOf } from './play-firewall.ts';
import { type Arrival, actionsOf, type FaultCase, type QuestionStep, type StormyCase } from './random-pair.ts';
import { question } from './reference-arp.ts';
import { ICMP, readPacket } from './reference-packet.ts';
import { type Announcement, ownAddresses, ReferencePair } from './reference-pair.ts';
import { rolesAfter } from './reference-roles.ts';

const MS = 1_000_000;
/** Frames come so far from everything else, so that sessions of one millisecond have crossed HA2. */
const AWAY_MS = 5;
const BETWEEN_FRAMES_NS = 20_000;
/** Sessions of one millisecond cross HA2 together. */
const ACROSS_HA2_NS = 2 * MS;
/** From one unit to the other over HA1, and more. */
const NEWS_NS = 10_000;
/** Longer than any hold of HA after a repair. */
const AFTERMATH_MS = 125_000;

/** Null when both agree to the end. One fault: the roles, too, are the oracle's. */
export function faultDifference({ pair, fault, arrivals }: FaultCase, outcomes: Outcomes = new Map()): string | null {
  const endMs = fault.repairMs + AFTERMATH_MS;
  const roles = rolesAfter(pair, fault, endMs);
  const actions = actionsOf(pair, fault);
  const play = new PairPlay(pair, roles, outcomes);
  const difference = play.all(actions, momentsAround([...actions, ...roles], endMs), arrivals, endMs);
  return play.told(difference ?? compare('roles', rolesText(roles), rolesText(play.dataplane.roles())), JSON.stringify(fault));
}

/** The same after many faults, with the roles that were recorded. */
export function stormyDifference({ pair, actions, arrivals }: StormyCase, outcomes: Outcomes = new Map()): string | null {
  const endMs = (actions.at(-1)?.atMs ?? 0) + 12_000;
  const play = new PairPlay(pair, null, outcomes);
  const later = Array.from({ length: 4 }, (_, i) => ({ atMs: 2000 + i * 9100 }));
  return play.told(play.all(actions, momentsAround([...actions, ...later], endMs), arrivals, endMs), '');
}

/** Shortly before and after each of these, but near none. */
function momentsAround(happenings: readonly { readonly atMs: number }[], endMs: number): readonly number[] {
  const times = [...new Set(happenings.flatMap(({ atMs }) => [atMs - AWAY_MS, atMs + AWAY_MS]))].sort((a, b) => a - b);
  const isClear = (ms: number) => happenings.every(({ atMs }) => Math.abs(atMs - ms) >= 3);
  return times.filter((ms) => ms > 0 && ms < endMs && isClear(ms));
}

type Difference = readonly string[] | null;

class PairPlay {
  readonly dataplane: DataplanePair;
  readonly #oracle: ReferencePair;
  readonly #outcomes: Outcomes;
  readonly #story: string[];
  /** Roles that the oracle has not taken yet; null where it takes the recorded ones. */
  #roles: readonly RoleChange[] | null;
  #recorded = 0;
  #nowNs = 0;

  constructor(pair: PairDescription, roles: readonly RoleChange[] | null, outcomes: Outcomes) {
    this.dataplane = new DataplanePair(pair);
    this.#oracle = new ReferencePair(pair);
    this.#roles = roles;
    this.#outcomes = outcomes;
    this.#story = [JSON.stringify(pair)];
  }

  told(difference: Difference, what: string): string | null {
    return difference === null ? null : [...this.#story, what, ...difference].join('\n');
  }

  all(
    actions: readonly TimedAction[],
    moments: readonly number[],
    arrivals: readonly (readonly Arrival[])[],
    endMs: number,
  ): Difference {
    const all = [
      ...actions.map(({ atMs, action }) => ({ atMs, work: () => this.#act(action) })),
      ...moments.map((atMs, i) => ({ atMs, work: () => this.#moment(i, arrivals[i % arrivals.length] ?? []) })),
    ].sort((a, b) => a.atMs - b.atMs);
    for (const { atMs, work } of all) {
      const difference = this.#pass(atMs * MS) ?? work();
      if (difference !== null) return difference;
    }
    return this.#pass(endMs * MS);
  }

  #act(action: TimedAction['action']): Difference {
    this.#story.push(`${this.#nowNs / MS} ms ${JSON.stringify(action)}`);
    this.#oracle.act(action, this.#nowNs);
    this.dataplane.act(action);
    return null;
  }

  // ── Time ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Lets time pass without frames from outside: roles change, and units announce themselves. */
  #pass(toNs: number): Difference {
    this.dataplane.until(toNs);
    const expected: Record<Unit, Announcement[]> = { fw1: [], fw2: [] };
    const announce = (untilNs: number) => {
      for (const unit of UNITS) expected[unit].push(...this.#oracle.announcements(unit, this.#nowNs, untilNs));
      this.#nowNs = Math.max(this.#nowNs, untilNs);
    };
    for (const { unit, role, atNs } of this.#due(toNs)) {
      announce(atNs);
      this.#story.push(`${atNs / MS} ms ${unit} ${role}`);
      this.#oracle.become(unit, role, Math.max(atNs, this.#nowNs));
    }
    announce(toNs);
    const seen = this.dataplane.takeSeen();
    for (const unit of UNITS) {
      const difference = compare(`announcements of ${unit}`, announced(expected[unit]), sentText(seen[unit]));
      if (difference !== null) return difference;
    }
    return null;
  }

  /** Changes of role before an instant that the oracle has not taken yet. */
  #due(toNs: number): readonly { readonly unit: Unit; readonly role: RoleChange['role']; readonly atNs: number }[] {
    if (this.#roles === null) {
      const due = this.dataplane.roles().slice(this.#recorded);
      this.#recorded += due.length;
      return due;
    }
    const due = this.#roles.filter(({ atMs }) => atMs * MS < toNs);
    this.#roles = this.#roles.slice(due.length);
    const isSecond = (i: number) => due[i - 1]?.atMs === due[i]?.atMs;
    // After what units do at whole seconds by themselves.
    const afterNs = (i: number) => (due[i]?.atMs === 0 ? 0 : NEWS_NS) + (isSecond(i) ? NEWS_NS : 0);
    return due.map((one, i) => ({ ...one, atNs: one.atMs * MS + afterNs(i) }));
  }

  // ── Frames ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #moment(number: number, arrivals: readonly Arrival[]): Difference {
    // Off the grid of whole ms, and of other moments: nothing ends at the instant that a frame comes.
    const start = this.#passAndLook(300_000 + number * 7000);
    if (start !== null) return start;
    for (const { unit, step } of arrivals) {
      const at = UNITS[unit] ?? 'fw1';
      const firewall = this.#oracle.firewall(at);
      const frame = step.what === 'question' ? this.#questionOf(at, step) : frameOf(step, this.#nowNs, firewall);
      const difference = frame === null ? null : this.#receive(at, frame);
      if (difference !== null) return difference;
    }
    return this.#passAndLook(ACROSS_HA2_NS);
  }

  /** Lets time pass, and compares the sessions of both units. */
  #passAndLook(forNs: number): Difference {
    const passed = this.#pass(this.#nowNs + forNs);
    return passed ?? this.#compareSessions('fw1') ?? this.#compareSessions('fw2');
  }

  #questionOf(unit: Unit, { from, to }: QuestionStep): ArrivingFrame | null {
    const { interfaces, neighbours, sessions } = this.#oracle.firewall(unit).description;
    const pools = sessions?.nat.map(({ pool }) => pool.first) ?? [];
    const asker = neighbours[from % neighbours.length];
    const at = interfaces.find(({ name }) => name === asker?.at);
    // A station with an address of the pool is a conflict (ARP-07), and no question.
    if (asker === undefined || pools.includes(asker.ip) || at === undefined || at.ip === null) return null;
    const asked = [at.ip, at.ip, asker.ip, ...pools][to % (3 + pools.length)] ?? at.ip;
    const tag: VlanTag | null = at.parent === null ? null : { id: at.tag, priority: 0, isDropEligible: false };
    return { port: cableOf(at), tag, bytes: question(asker, asked) };
  }

  #receive(unit: Unit, frame: ArrivingFrame): Difference {
    const hex = Buffer.from(frame.bytes).toString('hex');
    this.#story.push(`${this.#nowNs / MS} ms ${unit}:${frame.port} <- tag ${frame.tag?.id ?? '-'} ${hex}`);
    this.dataplane.receive(unit, frame);
    this.dataplane.until(this.#nowNs + BETWEEN_FRAMES_NS);
    const seen = this.dataplane.takeSeen()[unit];
    const expected = this.#oracle.receive(unit, this.#nowNs, frame, this.dataplane.sessions(unit));
    this.#nowNs += BETWEEN_FRAMES_NS;
    const own = ownAddresses(this.#oracle.firewall(unit).description);
    const [oracle, dataplane] = [withoutEchoes(expected, own), withoutEchoes(fateOf(seen), own)];
    this.#count(unit, oracle, own);
    const difference = compare(`fate at ${unit}`, fateText(oracle, own), fateText(dataplane, own));
    this.#story.push(`      -> ${fateText(oracle, own).slice(0, 90)}`);
    // What the peer opened in this moment is still on its way to a passive unit.
    return difference ?? (this.#oracle.role(unit) === 'active' ? this.#compareSessions(unit) : null);
  }

  #compareSessions(unit: Unit): Difference {
    const oracle = this.#oracle.sessions(unit, this.#nowNs);
    return compare(`sessions of ${unit}`, sorted(oracle), sorted(this.dataplane.sessions(unit)));
  }

  #count(unit: Unit, fate: Fate, own: readonly number[]): void {
    const role = this.#oracle.isPowered(unit) ? this.#oracle.role(unit) : 'crashed';
    for (const name of namesOf(fate, own)) {
      const key = `${role}: ${name}`;
      this.#outcomes.set(key, (this.#outcomes.get(key) ?? 0) + 1);
    }
  }
}

function fateOf({ sent, dropped }: Seen): Fate {
  return { sent, dropped: dropped.map(([reason]) => reason), isPunted: false };
}

/** The agent's answers to echoes are in other tests. */
function withoutEchoes(fate: Fate, own: readonly number[]): Fate {
  const isEcho = ({ bytes }: LeavingFrame) => {
    const packet = bytes[12] === 8 && bytes[13] === 0 ? readPacket(bytes) : null;
    return packet !== null && packet.protocol === ICMP && packet.icmpType === 0 && own.includes(packet.source);
  };
  return { ...fate, sent: fate.sent.filter((one) => !isEcho(one)), isPunted: false };
}

// ── Words ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function compare(what: string, oracle: string, dataplane: string): Difference {
  return oracle === dataplane ? null : [`  ${what} by the rules:       ${oracle}`, `  ${what} in the engine:      ${dataplane}`];
}

function sorted(lines: readonly string[]): string {
  return [...lines].sort().join('; ') || 'none';
}

function rolesText(changes: readonly RoleChange[]): string {
  return sorted(changes.map(({ atMs, unit, role }) => `${String(atMs).padStart(7)} ${unit} ${role}`));
}

function announced(list: readonly Announcement[]): string {
  return sorted(list.map(({ atMs, port, tag, bytes }) => `${atMs} ${port} VLAN ${tag} ${Buffer.from(bytes).toString('hex')}`));
}

function sentText({ sent }: Seen): string {
  const all = sent.map(({ atNs, port, tag, bytes }) => ({ atMs: Math.floor(atNs / MS), port, tag: tag?.id ?? 0, bytes }));
  return announced(all);
}
