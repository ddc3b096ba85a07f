/** A recorded lab from a bundle (docs/bundles.md), for programs and tests: nothing of it runs on. */
import { createReadStream } from 'node:fs';
import { courseOf } from '../debug/course.ts';
import { judged } from '../debug/judged.ts';
import type { CheckResult } from '../engine/checks.ts';
import { toHex } from '../model/events/chain.ts';
import { decodeBody } from '../model/events/codec.ts';
import type { EventType, Position } from '../model/events/events.ts';
import type { LogRecord } from '../model/events/record.ts';
import { bundlePieces } from '../services/bundle/file/bundle-file.ts';
import { createEngine, engineIdentity } from '../services/engine/host.ts';
import { readTimedExpectation } from '../topology/read-expectation.ts';
import { isSystemError, unreadable } from './errors.ts';
import { chosen, type EventFilter, type EventOf } from './events.ts';
import type { LabExpectation } from './options.ts';
import { spanNs } from './span.ts';
import { type Verified, verifiedRecords } from './verified.ts';

export class Recording {
  /** Name of the lab. */
  readonly name: string;
  readonly #records: readonly LogRecord[];

  private constructor(name: string, records: readonly LogRecord[]) {
    this.name = name;
    this.#records = records;
  }

  /** Reads a bundle. @throws BundleDamaged naming what is wrong and where; BundleNewer; FileUnreadable */
  static async open(path: string | URL): Promise<Recording> {
    let name = '';
    const records: LogRecord[] = [];
    try {
      for await (const piece of bundlePieces(() => createReadStream(path))) {
        if (piece.kind === 'manifest') name = piece.manifest.lab;
        else if (piece.kind === 'records') for (const record of piece.records) records.push(record);
      }
    } catch (error) {
      throw isSystemError(error) ? unreadable(path, 'a bundle', error) : error;
    }
    return new Recording(name, records);
  }

  /** Position of the last event. */
  get position(): Position {
    return this.#records.length;
  }

  /** Chain of the history, hex: labs that behaved alike have the same. */
  get chain(): string {
    return toHex(this.#records.at(-1)?.chain ?? new Uint8Array(0));
  }

  /** Its events, in order; of a filter, those that it chooses. @throws RangeError for a type that there is not */
  events<T extends EventType = EventType>({ from, to, ...filter }: EventFilter<T> = {}): EventOf<T>[] {
    const times = { fromNs: from === undefined ? 0 : spanNs(from), toNs: to === undefined ? Number.POSITIVE_INFINITY : spanNs(to) };
    const events = this.#records.map(({ body }) => decodeBody(body));
    // The filter names the type, so the events are of it.
    return chosen(events, { ...filter, ...times }) as unknown as EventOf<T>[];
  }

  /** Runs it all again from the inputs alone, and compares byte for byte. */
  verify(): Verified {
    return verifiedRecords(this.#records, { identity: engineIdentity(), create: () => createEngine() });
  }

  /** Judges the history by expectations as a lab file's `validate` has them. @throws RangeError when one is not right */
  check(...expectations: readonly LabExpectation[]): CheckResult {
    const course = courseOf(this.#records);
    const expect = expectations.map((one) => readTimedExpectation(course.lab, JSON.stringify(one)));
    const [result] = judged(createEngine, course, [{ name: 'check', description: '', expect }]);
    if (result === undefined) throw new Error('a check without a verdict');
    return result;
  }
}
