/**
 * A capture after the fact: the lab is re-executed with its ports watched, and what passed them in an interval is written as
 * pcapng. One interface per link end; times are virtual. A frame has a comment when the lab has something to say about it: why it
 * was dropped, or which decision of the lab made it be sent.
 */
import type { TraceRecord } from '../dataplane/dataplane.ts';
import type { Engine } from '../engine/engine.ts';
import { replayUntil } from '../engine/replay.ts';
import { decodeBody } from '../model/events/codec.ts';
import { dropReasonName } from '../model/events/drop-reasons.ts';
import { EVENT_KINDS, type LabEvent } from '../model/events/events.ts';
import type { LogRecord } from '../model/events/record.ts';
import { endpointOf } from '../model/lab/endpoint.ts';
import { lineOwnerOf } from '../model/lab/subinterface.ts';
import { evolve, initialState, type LabState } from '../model/state/lab-state.ts';
import { parseMac } from '../values/mac.ts';
import { blockRoom, type PcapngFrame, PcapngWriter } from './pcapng.ts';

/** Bytes of trace ring: a few thousand frames between two drains. */
export const TRACE_BYTES = 8 << 20;
const CHUNK_BYTES = 1 << 18;

export interface CaptureRequest {
  /** "node:interface" names; empty for all. */
  readonly interfaces: readonly string[];
  readonly fromNs: number;
  readonly toNs: number;
  /** Only frames that were dropped; false unless said. */
  readonly dropsOnly?: boolean;
}

export interface CaptureSummary {
  readonly frames: number;
  readonly dropped: number;
  readonly interfaces: readonly string[];
}

/** An interface that the lab does not have. */
export class NoSuchInterface extends Error {
  override readonly name = 'NoSuchInterface';
  constructor(
    readonly asked: string,
    readonly known: readonly string[],
  ) {
    super(`no interface ${asked} in this lab; it has ${known.join(', ')}`);
  }
}

/** What is captured, and how. */
export interface CaptureSource {
  readonly lab: string;
  readonly records: readonly LogRecord[];
  readonly newEngine: (options: { readonly traceBytes: number }) => Engine;
}

/**
 * Writes a capture piece by piece.
 * @throws NoSuchInterface before anything is written.
 */
export function captureRecords(
  { lab, records, newEngine }: CaptureSource,
  request: CaptureRequest,
  writeOut: (chunk: Uint8Array) => void,
): CaptureSummary {
  const ports = portsOf(records);
  const { names } = ports;
  const asked = askedOf(ports, request);
  const writer = new PcapngWriter({ application: 'switchback', comment: `lab ${lab}, virtual time` });
  const gathered = new Gathered(writer, writeOut);
  gathered.add(writer.sectionHeader());
  declareInterfaces(records, asked, writer, (block) => gathered.add(block));
  const named = eventNames(records);
  const sink = new CaptureSink(ports, request, (record, outcome) => {
    gathered.addFrame(frameOf(names, record, outcome, named));
  });
  const engine = newEngine({ traceBytes: TRACE_BYTES });
  watchAndReplay(engine, records, watchedOf(ports, asked), request, sink);
  gathered.flush();
  return { frames: sink.frames, dropped: sink.dropped, interfaces: asked };
}

/** Blocks gathered into chunks: a system call per frame took half the time of a capture, and an array per block much of the rest. */
class Gathered {
  readonly #writer: PcapngWriter;
  readonly #room = blockRoom(CHUNK_BYTES);
  #used = 0;
  readonly #write: (chunk: Uint8Array) => void;

  constructor(writer: PcapngWriter, write: (chunk: Uint8Array) => void) {
    this.#writer = writer;
    this.#write = write;
  }

  add(block: Uint8Array): void {
    if (this.#used + block.length > CHUNK_BYTES) this.flush();
    if (block.length > CHUNK_BYTES) {
      this.#write(block);
      return;
    }
    this.#room.bytes.set(block, this.#used);
    this.#used += block.length;
  }

  addFrame(frame: PcapngFrame): void {
    const length = this.#writer.frameLength(frame);
    if (this.#used + length > CHUNK_BYTES) this.flush();
    this.#writer.putFrame(frame, length, this.#room, this.#used);
    this.#used += length;
  }

  /** Whoever takes a chunk may keep it. */
  flush(): void {
    if (this.#used > 0) this.#write(this.#room.bytes.slice(0, this.#used));
    this.#used = 0;
  }
}

function watchAndReplay(
  engine: Engine,
  records: readonly LogRecord[],
  ports: readonly number[],
  request: CaptureRequest,
  sink: CaptureSink,
): void {
  engine.onTrace = (record) => sink.take(record);
  const [definition, ...rest] = records;
  if (definition === undefined) return;
  replayUntil(engine, [definition], { atNs: request.toNs });
  engine.dataplane.watch(ports);
  replayUntil(engine, rest, { atNs: request.toNs });
  sink.end();
}

/** Interfaces by their number. */
export interface Ports {
  readonly names: readonly string[];
  /** The interface on whose line the frames of each are: of a subinterface its parent, else itself. */
  readonly lines: readonly number[];
}

export function portsOf(records: readonly LogRecord[]): Ports {
  const interfaces = defined(records).lab?.interfaces ?? [];
  const names = interfaces.map(endpointOf);
  return { names, lines: interfaces.map((iface) => names.indexOf(lineOwnerOf(iface))) };
}

/** Names of the interfaces to capture at. @throws NoSuchInterface */
export function askedOf({ names, lines }: Ports, { interfaces }: CaptureRequest): readonly string[] {
  const known = names.filter((_, port) => lines[port] === port);
  for (const name of interfaces) if (!known.includes(name)) throw new NoSuchInterface(name, known);
  return interfaces.length === 0 ? known : interfaces;
}

/** Numbers of the ports whose frames are on the lines of these interfaces. */
export function watchedOf({ names, lines }: Ports, asked: readonly string[]): readonly number[] {
  return lines.flatMap((line, port) => (asked.includes(names[line] ?? '') ? [port] : []));
}

export function declareInterfaces(
  records: readonly LogRecord[],
  asked: readonly string[],
  writer: PcapngWriter,
  write: (chunk: Uint8Array) => void,
): void {
  const { lab, interfaces } = defined(records);
  for (const name of asked) {
    const link = lab?.links.find(({ a, b, reserved, standby }) => !(reserved ?? standby) && (a === name || b === name));
    const mac = parseMac(interfaces[name]?.initialMac ?? '');
    const peer = link === undefined ? '' : ` cabled to ${link.a === name ? link.b : link.a}`;
    write(
      writer.declareInterface({
        name,
        description: `${name}${peer}`,
        ...(mac === null ? {} : { mac }),
        ...(link === undefined || link.rateBps === 0 ? {} : { speedBps: link.rateBps }),
      }),
    );
  }
}

/** The lab as its first record defines it. */
function defined([definition]: readonly LogRecord[]): LabState {
  const state = initialState();
  if (definition !== undefined) evolve(state, decodeBody(definition.body));
  return state;
}

/**
 * Joins what the data plane says in two records: a frame is received at a port, and dropped right there. One packet in the
 * capture, with the drop as its outcome.
 */
export class CaptureSink {
  frames = 0;
  dropped = 0;
  readonly #pending: TraceRecord[] = [];
  readonly #names: readonly string[];
  readonly #lines: readonly number[];
  readonly #request: CaptureRequest;
  readonly #emit: (record: TraceRecord, outcome: TraceRecord | null) => void;

  constructor(ports: Ports, request: CaptureRequest, emit: (record: TraceRecord, outcome: TraceRecord | null) => void) {
    this.#names = ports.names;
    this.#lines = ports.lines;
    this.#request = request;
    this.#emit = emit;
  }

  take(traced: TraceRecord): void {
    // What a subinterface drops is seen on the line of its parent.
    const port = this.#lines[traced.port] ?? traced.port;
    const record = port === traced.port ? traced : { ...traced, port };
    if (this.#names[record.port] === undefined || record.atNs < this.#request.fromNs || record.atNs > this.#request.toNs) return;
    if (this.#pending[0] !== undefined && this.#pending[0].atNs !== record.atNs) this.end();
    if (record.kind === 'dropped') {
      const at = this.#pending.findIndex(
        (other) => other.kind === 'received' && other.port === record.port && other.number === record.number,
      );
      const [received] = at < 0 ? [record] : this.#pending.splice(at, 1);
      this.#say(received ?? record, record);
    } else {
      this.#pending.push(record);
    }
  }

  /** Everything before an instant has been seen. */
  settle(atNs: number): void {
    if (this.#pending[0] !== undefined && this.#pending[0].atNs < atNs) this.end();
  }

  /** Whatever was not dropped at its instant passed. */
  end(): void {
    for (const record of this.#pending) this.#say(record, null);
    this.#pending.length = 0;
  }

  #say(record: TraceRecord, outcome: TraceRecord | null): void {
    if (outcome === null && this.#request.dropsOnly === true) return;
    this.frames++;
    if (outcome !== null) this.dropped++;
    this.#emit(record, outcome);
  }
}

/** A trace as a frame of a capture. @param names of the interfaces, by port; empty for a port that is not captured */
export function frameOf(
  names: readonly string[],
  record: TraceRecord,
  outcome: TraceRecord | null,
  named: (position: number) => NamedEvent,
): PcapngFrame {
  return {
    interface: names[record.port] ?? '',
    timestampNs: record.atNs,
    bytes: record.bytes,
    direction: record.kind === 'received' ? 'inbound' : 'outbound',
    packetId: record.number,
    verdict: outcome === null ? 'pass' : 'drop',
    comments: commentsOf(record, outcome, named),
  };
}

/**
 * Why a frame was dropped; else the decision of the lab that it exists by. Traffic that somebody asked for, by a flow or from
 * outside, has no comment: whoever looks for comments finds only what the lab did.
 */
function commentsOf(record: TraceRecord, outcome: TraceRecord | null, named: (position: number) => NamedEvent): readonly string[] {
  if (outcome !== null) return [`DROP ${dropReasonName(outcome.reason)} because of ${named(outcome.cause).name}`];
  const { name, isDecision } = named(record.cause);
  return isDecision ? [`because of ${name}`] : NO_COMMENTS;
}

const NO_COMMENTS: readonly string[] = [];

export interface NamedEvent {
  /** Position and type, "#92 GarpSent". */
  readonly name: string;
  /** An outcome, no input. Not that a neighbour was learned: a flow that had no MAC to send to follows from it with every frame. */
  readonly isDecision: boolean;
}

/**
 * Names events. Records lie in the order of their positions, from 1; each is decoded once: millions of frames exist because of
 * few events.
 */
function eventNames(records: readonly LogRecord[]): (position: number) => NamedEvent {
  const names = new Map<number, NamedEvent>();
  return (position) => {
    let named = names.get(position);
    if (named === undefined) {
      named = namedEvent(position, records[position - 1]);
      names.set(position, named);
    }
    return named;
  };
}

function namedEvent(position: number, record: LogRecord | undefined): NamedEvent {
  return record === undefined ? { name: `#${position}`, isDecision: false } : nameOf(decodeBody(record.body));
}

export function nameOf({ position, type }: LabEvent): NamedEvent {
  return { name: `#${position} ${type}`, isDecision: EVENT_KINDS[type] === 'outcome' && type !== 'NeighbourUpdated' };
}
