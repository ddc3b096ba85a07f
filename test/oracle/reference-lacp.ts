/**
 * The oracle of aggregates: which members each end uses when, in ms, as docs/topology.md has it (Aggregates). Both ends see a cable come and go
 * in the same instant, and cables have the same order at both.
 *
 * Where the documentation is silent it fixes the following, and the engine must agree:
 * - Members that come while others wait are used together with them, when the last has waited.
 * - An end sends three frames in a second at most (IEEE 802.1AX), so what it tells the other may take a second: a member is used so much later, and
 *   one that it does not want any more is used so much longer by the other end.
 * - A member that comes back takes the place of a later one at once, where only so many are used; until it has waited, none has that place.
 */

/** An end: null for a static aggregate. */
export interface LacpEnd {
  readonly mode: 'active' | 'passive';
  readonly rate: 'fast' | 'slow';
}

export interface AggregateDescription {
  readonly cables: number;
  readonly firewall: LacpEnd | null;
  readonly channel: LacpEnd | null;
  /** Of the firewall: so many members are used at once. */
  readonly maxPorts: number;
  readonly fastFailover: boolean;
  /** Of the port channel. */
  readonly minLinks: number;
}

export interface CableChange {
  readonly atMs: number;
  readonly cable: number;
  readonly up: boolean;
}

/** One end begins or ends to send by a member; at that ms where it needs no news of the other end, else up to a second later. */
export interface MemberChange {
  readonly atMs: number;
  readonly end: 'firewall' | 'channel';
  readonly cable: number;
  readonly used: boolean;
  readonly needsNews: boolean;
}

const WAIT_MS = 2000;
const FAILOVER_MS = 3000;

/** Every change before `endMs`, from the start, when all cables are plugged in. What is used from the start has no change. */
export function membersUsed(
  aggregate: AggregateDescription,
  cables: readonly CableChange[],
  endMs: number,
): readonly MemberChange[] {
  const { firewall, channel } = aggregate;
  if (firewall !== null && channel !== null) {
    const agree = firewall.mode === 'active' || channel.mode === 'active';
    return agree ? negotiated(aggregate, cables, endMs) : [];
  }
  return [
    ...(firewall === null ? withCarrier('firewall', aggregate, cables, 1) : []),
    ...(channel === null ? withCarrier('channel', aggregate, cables, aggregate.minLinks) : []),
  ].filter(({ atMs }) => atMs < endMs);
}

/** Every member with carrier is used, where there are enough. */
function withCarrier(
  end: MemberChange['end'],
  aggregate: AggregateDescription,
  cables: readonly CableChange[],
  enough: number,
): readonly MemberChange[] {
  const up = new Set(all(aggregate));
  let used = new Set(up);
  return [...new Set(cables.map((one) => one.atMs))].flatMap((atMs) => {
    for (const one of cables.filter((change) => change.atMs === atMs)) {
      if (one.up) up.add(one.cable);
      else up.delete(one.cable);
    }
    const now = up.size >= enough ? new Set(up) : new Set<number>();
    const changes = changesBetween(used, now).map((change) => ({ ...change, atMs, end, needsNews: false }));
    used = now;
    return changes;
  });
}

/** What a cable with carrier waits for: its own time, or that another one gives up its place. */
interface Waiting {
  readonly untilMs: number;
}

class Negotiation {
  readonly #aggregate: AggregateDescription;
  readonly #up = new Set<number>();
  readonly #waiting = new Map<number, Waiting>();
  #ready = new Set<number>();
  #standby = new Set<number>();

  constructor(aggregate: AggregateDescription) {
    this.#aggregate = aggregate;
  }

  /** Both ends send by these. */
  get used(): ReadonlySet<number> {
    return this.#ready.size >= this.#aggregate.minLinks ? new Set(this.#ready) : new Set();
  }

  isUp(cable: number): boolean {
    return this.#up.has(cable);
  }

  isReady(cable: number): boolean {
    return this.#ready.has(cable);
  }

  plug(cables: readonly Pick<CableChange, 'cable' | 'up'>[], nowMs: number): void {
    for (const { cable, up } of cables) {
      if (up) this.#up.add(cable);
      else this.#up.delete(cable);
    }
    this.#choose(nowMs);
    this.ripen(nowMs);
  }

  /** The first cables with carrier are wanted; the others stand by. */
  #choose(nowMs: number): void {
    const { maxPorts, fastFailover } = this.#aggregate;
    const inOrder = [...this.#up].sort((a, b) => a - b);
    const wanted = inOrder.slice(0, maxPorts);
    for (const cable of all(this.#aggregate)) {
      if (wanted.includes(cable)) continue;
      this.#ready.delete(cable);
      this.#waiting.delete(cable);
    }
    for (const cable of wanted) {
      if (this.#ready.has(cable) || this.#waiting.has(cable)) continue;
      const ms = this.#standby.has(cable) ? (fastFailover ? 0 : FAILOVER_MS) : WAIT_MS;
      this.#waiting.set(cable, { untilMs: nowMs + ms });
    }
    this.#standby = new Set(inOrder.slice(maxPorts));
  }

  /** When the last of those that wait has waited. */
  get ripeMs(): number | null {
    return this.#waiting.size === 0 ? null : Math.max(...[...this.#waiting.values()].map(({ untilMs }) => untilMs));
  }

  ripen(nowMs: number): void {
    const { ripeMs } = this;
    if (ripeMs === null || ripeMs > nowMs) return;
    this.#ready = new Set([...this.#ready, ...this.#waiting.keys()]);
    this.#waiting.clear();
  }
}

function negotiated(aggregate: AggregateDescription, cables: readonly CableChange[], endMs: number): readonly MemberChange[] {
  const negotiation = new Negotiation(aggregate);
  const changes: MemberChange[] = [];
  let used: ReadonlySet<number> = new Set();
  const note = (atMs: number) => {
    for (const change of changesBetween(used, negotiation.used)) {
      const { cable } = change;
      const isUnwanted = !change.used && negotiation.isUp(cable);
      // Too few members are ready for the channel; too many have carrier for the firewall.
      const leader = negotiation.isReady(cable) ? 'channel' : 'firewall';
      for (const end of ['firewall', 'channel'] as const) {
        changes.push({ ...change, atMs, end, needsNews: change.used || (isUnwanted && end !== leader) });
      }
    }
    used = negotiation.used;
  };
  const ripenUntil = (ms: number) => {
    for (let at = negotiation.ripeMs; at !== null && at < ms; at = negotiation.ripeMs) {
      negotiation.ripen(at);
      note(at);
    }
  };
  negotiation.plug(
    all(aggregate).map((cable) => ({ cable, up: true })),
    0,
  );
  for (const atMs of new Set(cables.map((one) => one.atMs))) {
    ripenUntil(atMs);
    negotiation.plug(
      cables.filter((one) => one.atMs === atMs),
      atMs,
    );
    note(atMs);
  }
  ripenUntil(endMs);
  return changes;
}

function all({ cables }: AggregateDescription): readonly number[] {
  return Array.from({ length: cables }, (_, i) => i + 1);
}

function changesBetween(before: ReadonlySet<number>, after: ReadonlySet<number>): readonly Pick<MemberChange, 'cable' | 'used'>[] {
  return [
    ...[...before].filter((cable) => !after.has(cable)).map((cable) => ({ cable, used: false })),
    ...[...after].filter((cable) => !before.has(cable)).map((cable) => ({ cable, used: true })),
  ];
}
