/**
 * A lab as a program holds it: built with verbs or read from a text, then run, moved, questioned and judged. Nothing here needs Node: the
 * engine comes from the entry (`index.ts` or `browser.ts`).
 */
import type { CheckResult } from '../engine/checks.ts';
import { marksOf } from '../engine/checks.ts';
import { type Conservation, type FlowReport, readDerived, readFlows } from '../engine/derived.ts';
import type { CoreReport } from '../engine/derived-cores.ts';
import { type DropCount, DropSampler, readDrops } from '../engine/drop-counts.ts';
import type { Until } from '../engine/replay.ts';
import { scriptInputs } from '../engine/script.ts';
import type { EventType, LabEvent, Position } from '../model/events/events.ts';
import { splitEndpoint } from '../model/lab/endpoint.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import type { Finding } from '../topology/draft/finding.ts';
import { type ReadLabFile, readLabDocument } from '../topology/read-lab-file.ts';
import { suggestion } from '../values/did-you-mean.ts';
import { formatSeconds } from '../values/nanos.ts';
import { LabBuilder } from './building.ts';
import type { EngineSource } from './engine-source.ts';
import { LabInvalid, LabMisused } from './errors.ts';
import { chosen, type EventFilter, type EventOf } from './events.ts';
import type { LabDocument, LabOrigin } from './lab-document.ts';
import type { LabExpectation, LabOptions } from './options.ts';
import { spanNs } from './span.ts';
import { type Takeover, takeoversOf } from './takeover.ts';
import { type LabAt, Timeline } from './timeline.ts';
import type { Verified } from './verified.ts';

/** What `run` has to say. Times are nanoseconds. */
export interface RunReport {
  readonly lab: string;
  readonly position: Position;
  /** Hex. Equal behaviour has equal chains, on every machine. */
  readonly chain: string;
  readonly virtualTimeNs: number;
  /** Verdicts of the lab's own checks. */
  readonly checks: readonly CheckResult[];
  readonly flows: readonly FlowReport[];
  readonly cores: readonly CoreReport[];
  readonly frames: Conservation;
}

/** What became of a command. */
export interface CommandOutcome {
  readonly accepted: boolean;
  /** Why it was refused, all reasons. */
  readonly reasons: readonly string[];
  /** Position of its CommandReceived. */
  readonly position: Position;
  /** What followed at once. */
  readonly events: readonly LabEvent[];
}

/** A moment: a time with a unit ("12.5s", after everything at that instant), or a position. */
export type LabMoment = string | { readonly position: Position };

export abstract class BaseLab extends LabBuilder {
  readonly #engines: EngineSource;
  #timeline: Timeline | null = null;

  constructor(origin: LabOrigin, options: LabOptions, engines: EngineSource) {
    super(origin, options);
    this.#engines = engines;
  }

  // ── Reading it over ───────────────────────────────────────────────────────────────────────────────────────────────

  /** All that is wrong with the lab, and what is probably not meant; empty when nothing is. */
  validate(): readonly Finding[] {
    const read = readDocument(this.document);
    return read.ok ? read.warnings : read.findings;
  }

  /** Defines the lab: its first instant. `run`, `step` and `command` do it by themselves. @throws LabInvalid */
  begin(): this {
    this.#begun();
    return this;
  }

  // ── Running it ────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Runs the lab from its beginning to its duration, with its steps and checks.
   * @throws LabInvalid; LabMisused when it has begun already
   */
  run(): RunReport {
    if (this.#timeline !== null) throw new LabMisused('the lab has begun already: step it on, or build another one');
    const { lab, script } = this.#read();
    const [, ...inputs] = scriptInputs(lab, script);
    const timeline = this.#begun();
    const sampler = new DropSampler(marksOf(script.checks));
    for (const input of inputs) timeline.input(input, sampler);
    const { flows, cores, frames } = readDerived(timeline.engine);
    const checks = timeline.evaluate(script.checks, sampler);
    const { name: of, position, chain, timeNs } = this;
    return { lab: of, position, chain, virtualTimeNs: timeNs, checks, flows, cores, frames };
  }

  /** Lets time pass: step('5s'). @throws RangeError for what is no duration */
  step(span: string): this {
    this.#begun().pass(spanNs(span));
    return this;
  }

  /** Gives a command, now: command('crash fw1'). See docs/commands.md. A refusal is an outcome, and on record. */
  command(text: string): CommandOutcome {
    const timeline = this.#begun();
    const position = timeline.input({ type: 'CommandReceived', data: { command: text } });
    const events = timeline.events.slice(position);
    const refusal = events.find((event) => event.type === 'CommandRefused');
    return { accepted: refusal === undefined, reasons: refusal?.data.reasons ?? [], position, events };
  }

  /** Brings frames to an interface by its cable, now; they are handled when time passes. Without the check sequence. */
  inject(endpoint: string, frames: readonly Uint8Array[]): this {
    const timeline = this.#begun();
    this.#interfaceNamed(endpoint);
    const { node, name } = splitEndpoint(endpoint);
    const received = frames.map((bytes) => ({ afterNs: 0, bytes }));
    timeline.input({ type: 'FramesReceived', data: { node, interface: name, frames: received } });
    return this;
  }

  // ── Questions ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Virtual time, ns: everything before has happened. */
  get timeNs(): number {
    return this.#timeline?.engine.horizonNs ?? 0;
  }

  /** Position of the last event; 0 before the lab has begun. */
  get position(): Position {
    return this.#timeline?.engine.position ?? 0;
  }

  /** Chain of the history so far, hex: labs that behaved alike have the same. @throws LabMisused before the lab has begun */
  get chain(): string {
    return this.#asked().chain;
  }

  /** Events so far, in order; of a filter, those that it chooses. @throws RangeError for a type that there is not */
  events<T extends EventType = EventType>({ from, to, ...filter }: EventFilter<T> = {}): EventOf<T>[] {
    const times = { fromNs: from === undefined ? 0 : spanNs(from), toNs: to === undefined ? Number.POSITIVE_INFINITY : spanNs(to) };
    // The filter names the type, so the events are of it.
    return chosen(this.#asked().events, { ...filter, ...times }) as unknown as EventOf<T>[];
  }

  /** The lab at a moment, recorded and derived state; without one, now. The same that `switchback at -f json` prints. */
  at(moment?: LabMoment): LabAt {
    return this.#asked().at(moment === undefined ? null : this.#untilOf(moment));
  }

  /** All flows, as of now. */
  flows(): FlowReport[] {
    return readFlows(this.#asked().engine);
  }

  /** One flow, as of now. @throws RangeError when there is none of that name */
  flow(name: string): FlowReport {
    const flows = this.flows();
    const flow = flows.find((one) => one.name === name);
    if (flow !== undefined) return flow;
    throw new RangeError(
      `there is no flow "${name}"${suggestion(
        name,
        flows.map((one) => one.name),
      )}`,
    );
  }

  /** Frames dropped so far by place and reason, most first; at a node or interface, for a reason. */
  drops({ at, reason }: { readonly at?: string; readonly reason?: string } = {}): DropCount[] {
    const isThere = (place: string): boolean => at === undefined || place === at || splitEndpoint(place).node === at;
    const drops = readDrops(this.#asked().engine);
    return drops.filter((one) => isThere(one.at) && (reason === undefined || one.reason === reason));
  }

  /** The recorded neighbour entries of a node, as of now. @throws RangeError when there is no such node */
  neighbours(node: string): { readonly ip: string; readonly mac: string; readonly interface: string; readonly since: Position }[] {
    const { engine } = this.#asked();
    if (!engine.lab.nodes.has(node)) {
      throw new RangeError(`there is no node "${node}"${suggestion(node, engine.lab.nodes.keys())}`);
    }
    return Object.values(engine.state.neighbours[node] ?? {}).map(({ ip, mac, interface: name, since }) => {
      return { ip, mac, interface: name, since };
    });
  }

  /** Units that took over from another one, in order. */
  takeovers(): Takeover[] {
    const { events, engine } = this.#asked();
    return takeoversOf(events, engine.lab.lab);
  }

  // ── Judging it ────────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Judges the history so far by expectations as a lab file's `validate` has them: check({ flow: 'up', lost: 0 }).
   * @throws LabInvalid when an expectation is not right, or asks for a time that has not come
   */
  check(...expectations: readonly LabExpectation[]): CheckResult {
    const timeline = this.#asked();
    const document = this.document.copy();
    for (const key of ['steps', 'validate']) document.remove(key);
    document.set(['duration'], `${Math.max(1, this.timeNs)}ns`, 'check()');
    document.set(['validate', 'check', 'expect'], expectations, 'check()');
    const read = readDocument(document);
    if (!read.ok) throw new LabInvalid(read.findings.filter(({ severity }) => severity === 'error'));
    const [result] = timeline.evaluate(read.file.script.checks);
    if (result === undefined) throw new Error('a check without a verdict');
    return result;
  }

  /** Runs it all again from the inputs alone, in another engine, and compares byte for byte. */
  verify(): Verified {
    return this.#asked().verify();
  }

  // ── The lab behind it ─────────────────────────────────────────────────────────────────────────────────────────────

  protected override mayBuild(verb: string): void {
    if (this.#timeline !== null) throw new LabMisused(`${verb}: the lab has begun; its network is what it was defined as`);
  }

  #read(): LabFile {
    const read = readDocument(this.document);
    if (!read.ok) throw new LabInvalid(read.findings);
    return read.file;
  }

  #begun(): Timeline {
    this.#timeline ??= new Timeline(this.#read(), this.#engines);
    return this.#timeline;
  }

  #asked(): Timeline {
    if (this.#timeline === null) throw new LabMisused('the lab has not begun: run, step or command it first');
    return this.#timeline;
  }

  #untilOf(moment: LabMoment): Until {
    if (typeof moment !== 'string') {
      if (!Number.isInteger(moment.position) || moment.position < 1 || moment.position > this.position) {
        throw new RangeError(`there is no position ${moment.position}; expected 1 to ${this.position}`);
      }
      return moment;
    }
    const atNs = spanNs(moment);
    if (atNs <= this.timeNs) return { atNs };
    throw new RangeError(`${moment} has not come: the lab stands at ${formatSeconds(this.timeNs)} s`);
  }

  #interfaceNamed(endpoint: string): void {
    const { interfaces } = this.#asked().engine.lab;
    if (interfaces.has(endpoint)) return;
    throw new RangeError(`there is no interface "${endpoint}"${suggestion(endpoint, interfaces.keys())}`);
  }
}

function readDocument(document: LabDocument): ReadLabFile {
  return readLabDocument(document.source(), document.file, document.syntax);
}
