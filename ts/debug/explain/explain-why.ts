/**
 * Why an expectation holds or fails at a moment: what is so in the lab, and the event behind each fact, back to what began it. Of a neighbour
 * that is not there: the last request for it, the answer, and where they ended.
 */
import { failureAt, matches } from '../../engine/checks.ts';
import { readFlows, readTable } from '../../engine/derived.ts';
import { readDropRuns, readDrops } from '../../engine/drop-counts.ts';
import type { Until } from '../../engine/replay.ts';
import { sameBytes } from '../../model/events/chain.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import { splitEndpoint } from '../../model/lab/endpoint.ts';
import type { Expectation } from '../../model/lab/script.ts';
import { neighboursFor } from '../../model/state/neighbour-state.ts';
import { ETHERTYPE } from '../../wire/ethernet.ts';
import { Moments } from '../moments.ts';
import { Rerun } from '../rerun.ts';
import { ButFor } from './but-for.ts';
import { CauseFinder } from './causes.ts';
import { type ExplainOptions, explainFlowOf, MOMENTS_BYTES } from './explain-flow.ts';
import { explainFound, type FrameExplained } from './explain-frame.ts';
import { type Fact, FactTeller } from './facts.ts';
import type { History } from './history.ts';
import type { OpenLab } from './open-lab.ts';
import { nodePath } from './property.ts';
import { resolutionOf } from './resolution.ts';

export interface WhyExplained {
  /** The moment: the last event by then, and up to when everything has happened. */
  readonly position: Position;
  readonly atNs: number;
  readonly holds: boolean;
  /** What is so instead; null where the expectation holds. */
  readonly seen: string | null;
  readonly facts: readonly Fact[];
  /** Of a neighbour that is not there: the last request for it, and the answer if there was one. */
  readonly journeys: readonly FrameExplained[];
  /** The re-execution up to the moment decided the recorded events, byte for byte. */
  readonly sameChain: boolean;
  readonly reruns: number;
  readonly limited: boolean;
}

type OfKind<K extends Expectation['kind']> = Extract<Expectation, { readonly kind: K }>;

/** Facts of one kind that are told, the most important first. */
const FACTS_MAX = 3;
/** That a dead or a passive unit drops an ARP frame, too, keeps nobody from learning. */
const UNHEARD: ReadonlySet<string> = new Set(['interface-down', 'ha-not-active', 'not-mine']);

/** @param until null for the end of the lab. @throws RangeError for a moment that the lab does not have */
export function explainWhy(lab: OpenLab, expectation: Expectation, until: Until | null, options: ExplainOptions): WhyExplained {
  const { history, course } = lab;
  const moments = options.moments ?? Moments.upTo(MOMENTS_BYTES);
  const from = moments.before(timeOf(history, until));
  const rerun = new Rerun(options.newEngine, course, from === null ? {} : { from });
  moments.along(rerun, until);
  const { engine } = rerun;
  const butFor = new ButFor(options.newEngine, course, options.rerunsMax, moments);
  const tell = new FactTeller(history, new CauseFinder(course.lab, history, butFor, options.describe));
  const why = new Why(lab, rerun, tell, { ...options, moments });
  const { state } = engine;
  const counted = expectation.kind === 'event' ? why.eventsBehind(0).filter((event) => matches(expectation, event)).length : 0;
  const seen = failureAt(expectation, { state, events: counted, flows: () => readFlows(engine), drops: () => readDrops(engine) });
  const recorded = history.chainAt(engine.position);
  return {
    position: engine.position,
    atNs: until !== null && 'atNs' in until ? until.atNs : engine.dataplane.nowNs,
    holds: seen === null,
    seen,
    facts: why.factsOf(expectation),
    journeys: expectation.kind === 'neighbour' ? why.journeysOf(expectation, until) : [],
    sameChain: recorded !== undefined && sameBytes(engine.chain, recorded),
    reruns: butFor.reruns,
    limited: butFor.isLimited,
  };
}

/** Up to when a moment reaches, at most: it may be asked for by a position. */
function timeOf(history: History, until: Until | null): number {
  if (until !== null && 'atNs' in until) return until.atNs;
  return history.at(until?.position ?? history.end)?.atNs ?? Number.POSITIVE_INFINITY;
}

class Why {
  readonly #lab: OpenLab;
  readonly #rerun: Rerun;
  readonly #tell: FactTeller;
  readonly #options: ExplainOptions;

  constructor(lab: OpenLab, rerun: Rerun, tell: FactTeller, options: ExplainOptions) {
    this.#lab = lab;
    this.#rerun = rerun;
    this.#tell = tell;
    this.#options = options;
  }

  factsOf(expectation: Expectation): Fact[] {
    switch (expectation.kind) {
      case 'neighbour':
        return this.#neighbour(expectation);
      case 'ha':
        return this.#role(expectation.node);
      case 'drops':
        return this.#drops(expectation);
      case 'flow':
        return this.#losses(expectation.flow);
      case 'event':
        return this.eventsBehind(0)
          .filter((event) => matches(expectation, event))
          .slice(-FACTS_MAX)
          .map((event) => this.#tell.of(event, this.#options.describe(event)));
    }
  }

  /**
   * The events behind a position, up to the moment. Where the rerun began at a later one they are those on record: it decided what is
   * recorded, or the answer is worth nothing.
   */
  eventsBehind(position: Position): LabEvent[] {
    const { decided, engine } = this.#rerun;
    if ((decided[0]?.event.position ?? Number.POSITIVE_INFINITY) <= position + 1) {
      return decided.flatMap(({ event }) => (event.position > position ? [event] : []));
    }
    const events: LabEvent[] = [];
    for (const event of this.#lab.history.events(position + 1)) {
      if (event.position > engine.position) break;
      events.push(event);
    }
    return events;
  }

  // ── Neighbours ────────────────────────────────────────────────────────────────────────────────────────────────────

  #neighbour(expectation: OfKind<'neighbour'>): Fact[] {
    const { node, ip, interface: iface, mac: expected } = expectation;
    const { state } = this.#rerun.engine;
    const entries = neighboursFor(state, node, ip, iface ?? null);
    const since = Math.max(0, ...entries.map((entry) => entry.since));
    const wanted = state.interfaces[expected]?.usedMac ?? expected;
    const facts = entries.map((entry) =>
      this.#tell.since(entry.since, `${node} has ${ip} at ${entry.mac} by ${entry.interface}`, nodePath(node)),
    );
    for (const mac of new Set([...entries.map((entry) => entry.mac), wanted]))
      facts.push(...this.#owners(mac), ...this.#tables(mac));
    const events = this.eventsBehind(since);
    return [...facts, ...this.#unheard(events, node, wanted), ...this.#refused(events, node, ip)];
  }

  /** Who has an address, and whether it can answer. */
  #owners(mac: string): Fact[] {
    const { state } = this.#rerun.engine;
    const owners = Object.entries(state.interfaces).filter(([, { usedMac }]) => usedMac === mac);
    return owners.flatMap(([endpoint, { macSince, isUp, carrierSince }]) => {
      const { node, name } = splitEndpoint(endpoint);
      const path = nodePath(node, 'interfaces', name);
      const facts = [this.#tell.since(macSince, `${endpoint} uses ${mac}`, path)];
      if (!isUp) facts.push(this.#tell.since(carrierSince, `${endpoint} has no carrier`, path));
      return [...facts, ...this.#power(node), ...(state.ha[node] === undefined ? [] : this.#roleOf(node))];
    });
  }

  #power(node: string): Fact[] {
    const power = this.#rerun.engine.state.nodes[node];
    return power === undefined || power.power === 'running'
      ? []
      : [this.#tell.since(power.since, `${node} is crashed`, nodePath(node))];
  }

  /** Where switches have an address. */
  #tables(mac: string): Fact[] {
    const { engine } = this.#rerun;
    const rows = engine.lab.lab.nodes.flatMap(({ name }) => readTable(engine, name)).filter((row) => row.mac === mac);
    return rows.map((row) =>
      this.#tell.since(row.cause, `${row.node} has ${mac} at ${row.interface}`, nodePath(row.node, 'ports', row.interface)),
    );
  }

  /** What would have told the node since, and died: ARP frames from the wanted owner, or to the node; the last of each place and reason. */
  #unheard(events: readonly LabEvent[], node: string, wanted: string): Fact[] {
    const own = new Set<string>();
    for (const [endpoint, { usedMac }] of Object.entries(this.#rerun.engine.state.interfaces)) {
      if (splitEndpoint(endpoint).node === node) own.add(usedMac);
    }
    const found = new Map<string, LabEvent>();
    for (const event of events) {
      if (event.type !== 'FrameDropped' || event.data.etherType !== ETHERTYPE.arp) continue;
      const { src, dst, node: place, interface: port, reason } = event.data;
      if (UNHEARD.has(reason) || (src !== wanted && !own.has(dst) && !own.has(src))) continue;
      found.set(`${place}:${port} ${reason}`, event);
    }
    return [...found.values()].slice(-FACTS_MAX).map((event) => this.#tell.of(event, this.#options.describe(event)));
  }

  #refused(events: readonly LabEvent[], node: string, ip: string): Fact[] {
    const last = events.findLast(
      (event) => event.type === 'NeighbourUpdateRefused' && event.data.node === node && event.data.ip === ip,
    );
    return last === undefined ? [] : [this.#tell.of(last, this.#options.describe(last))];
  }

  /** Of a neighbour that is not there. */
  journeysOf(expectation: OfKind<'neighbour'>, until: Until | null): FrameExplained[] {
    const { node, ip, interface: iface } = expectation;
    if (neighboursFor(this.#rerun.engine.state, node, ip, iface ?? null).length > 0) return [];
    const { finder, frames } = resolutionOf(this.#lab.course, node, ip, until, this.#options);
    return frames.map((seen) => explainFound(this.#lab, finder, finder.follow(seen), this.#options));
  }

  // ── Roles, drops, flows ───────────────────────────────────────────────────────────────────────────────────────────

  /** Of a unit and of its peer: each is what it is because of the other. */
  #role(node: string): Fact[] {
    const peer = this.#rerun.engine.lab.ha.get(node)?.peer.node;
    return [node, ...(peer === undefined ? [] : [peer])].flatMap((one) => [...this.#power(one), ...this.#roleOf(one)]);
  }

  #roleOf(node: string): Fact[] {
    const ha = this.#rerun.engine.state.ha[node];
    return ha === undefined ? [] : [this.#tell.since(ha.since, `${node} is ${ha.state}: ${ha.reason}`, nodePath(node))];
  }

  #drops({ at, reason }: OfKind<'drops'>): Fact[] {
    const runs = Object.entries(readDropRuns(this.#rerun.engine)).filter(([, run]) => {
      const isThere = at === null || at === run.node || at === `${run.node}:${run.interface}`;
      return isThere && (reason === null || reason === run.reason);
    });
    const largest = runs.sort(([, a], [, b]) => b.frames - a.frames).slice(0, FACTS_MAX);
    return largest.map(([position, run]) => {
      const where = run.node === '' ? 'places too many to tell' : `${run.node}:${run.interface}`;
      return this.#tell.since(Number(position), `${run.frames} dropped at ${where}: ${run.reason}`, nodePath(run.node));
    });
  }

  /** Losses of the whole lab: `explain --flow` has all of them, with their stages. */
  #losses(flow: string): Fact[] {
    const { losses } = explainFlowOf(this.#lab, flow, this.#options);
    return losses.slice(0, FACTS_MAX).map(({ at, reason, frames, fromNs, because, conditions }) => {
      const { position = 1, type = 'LabDefined' } = because[0] ?? {};
      return { text: `${frames} lost at ${at}: ${reason}`, position, type, atNs: fromNs, because, conditions };
    });
  }
}
