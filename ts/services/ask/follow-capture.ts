/**
 * A capture that goes on: a recorded lab is re-executed with its ports watched, and each input that is recorded from then on lets it go
 * further, so that frames are written as the lab's time passes. The bytes are those of a capture of the whole lab.
 *
 * What has happened is known as far as time is on record (`TimeAdvanced`, and every other input): a frame appears with the record behind it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  askedOf,
  type CaptureRequest,
  CaptureSink,
  type CaptureSummary,
  declareInterfaces,
  frameOf,
  type NamedEvent,
  nameOf,
  portsOf,
  TRACE_BYTES,
  watchedOf,
} from '../../capture/lab-capture.ts';
import { type PcapngFrame, PcapngWriter } from '../../capture/pcapng.ts';
import type { TraceRecord } from '../../dataplane/dataplane.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Input } from '../../engine/input.ts';
import type { EventLog } from '../../log/event-log.ts';
import { decodeBody } from '../../model/events/codec.ts';
import { EVENT_KINDS, type LabEvent } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { createEngine } from '../engine/host.ts';

/** Data plane events between two looks at what was decided. */
const EVENTS_MAX = 4096;

/**
 * Writes a capture piece by piece, until the signal aborts, the lab's time is past `toNs`, or the lab is removed.
 * @throws NoSuchInterface before anything is written.
 */
export async function followCapture(
  log: EventLog,
  lab: string,
  request: CaptureRequest,
  signal: AbortSignal,
  writeOut: (chunk: Uint8Array) => void,
): Promise<CaptureSummary> {
  let capture: LivingCapture | null = null;
  for await (const batch of log.follow(lab, 1, signal)) {
    for (const record of batch) {
      capture ??= new LivingCapture(lab, record, request);
      const isPast = capture.feed(record);
      if (isPast) return capture.end(writeOut);
      const blocks = capture.taken();
      if (blocks.length === 0) continue;
      writeOut(blocks);
      // A long history must not keep Ctrl-C waiting.
      await nextTurn();
      if (signal.aborted) break;
    }
  }
  return capture?.end(writeOut) ?? { frames: 0, dropped: 0, interfaces: [] };
}

class LivingCapture {
  readonly #engine = createEngine({ traceBytes: TRACE_BYTES });
  readonly #request: CaptureRequest;
  readonly #interfaces: readonly string[];
  readonly #watched: readonly number[];
  readonly #sink: CaptureSink;
  readonly #names = new Map<number, NamedEvent>();
  #blocks: Uint8Array[] = [];

  constructor(lab: string, definition: LogRecord, request: CaptureRequest) {
    const ports = portsOf([definition]);
    this.#request = request;
    this.#interfaces = askedOf(ports, request);
    this.#watched = watchedOf(ports, this.#interfaces);
    const writer = new PcapngWriter({ application: 'switchback', comment: `lab ${lab}, virtual time` });
    this.#blocks.push(writer.sectionHeader());
    declareInterfaces([definition], this.#interfaces, writer, (block) => this.#blocks.push(block));
    this.#sink = new CaptureSink(ports, request, (record, outcome) => {
      this.#blocks.push(writer.frame(this.#frameOf(ports.names, record, outcome)));
    });
    this.#engine.onTrace = (record) => this.#sink.take(record);
  }

  /** Takes the next record, and lets the lab go as far as it allows. True when nothing more is asked for. */
  feed({ body, commandId }: LogRecord): boolean {
    const event = decodeBody(body);
    if (EVENT_KINDS[event.type] !== 'input') return false;
    const stopNs = this.#request.toNs + 1;
    if (event.atNs >= stopNs) return true;
    this.#engine.receive({ type: event.type, data: event.data } as Input, { commandId, checkpoint: false });
    if (event.type === 'LabDefined') this.#engine.dataplane.watch(this.#watched);
    this.#know(this.#engine);
    // A frame names events that were decided before it, so they are known when it is seen.
    while (!this.#engine.step({ maxTurns: 1, maxEvents: EVENTS_MAX, stopNs })) this.#know(this.#engine);
    this.#know(this.#engine);
    // What an instant dropped is complete when that instant lies behind.
    this.#sink.settle(this.#engine.horizonNs);
    return false;
  }

  /** What was written since the last call. */
  taken(): Uint8Array {
    const blocks = Buffer.concat(this.#blocks);
    this.#blocks = [];
    return blocks;
  }

  end(writeOut: (chunk: Uint8Array) => void): CaptureSummary {
    this.#sink.end();
    writeOut(this.taken());
    const { frames, dropped } = this.#sink;
    return { frames, dropped, interfaces: this.#interfaces };
  }

  #know(engine: Engine): void {
    for (const { event } of engine.take()) this.#names.set(event.position, nameOf(event as LabEvent));
  }

  #frameOf(names: readonly string[], record: TraceRecord, outcome: TraceRecord | null): PcapngFrame {
    return frameOf(names, record, outcome, (position) => this.#names.get(position) ?? { name: `#${position}`, isDecision: false });
  }
}
