/**
 * Recorded labs on another build: the same inputs, and every decision that comes out differently. Events are compared by time and content:
 * positions move with every change (ts/debug/diff-events.ts).
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { courseOf } from '../../debug/course.ts';
import { diffEvents } from '../../debug/diff-events.ts';
import type { Engine } from '../../engine/engine.ts';
import { sameBytes } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import type { Engines } from '../ask/verify-lab.ts';
import { enginesOf } from '../engine/host.ts';

/** Where a built Switchback has its engine. */
const HOST = 'dist/ts/services/engine/host.js';

/** Our engine around another data plane. @throws RangeError when the file is none */
export function buildOfWasm(path: string): Engines {
  try {
    return enginesOf(readFileSync(path));
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new RangeError(`${path} is no data plane: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** The engine of another checkout or installation. Its code runs in this process. @throws RangeError when there is none */
export async function buildIn(dir: string): Promise<Engines> {
  const path = resolve(join(dir, HOST));
  if (!existsSync(path)) throw new RangeError(`${dir} is no built Switchback: there is no ${HOST}`);
  const { createEngine, engineIdentity } = (await import(pathToFileURL(path).href)) as {
    readonly createEngine: () => Engine;
    readonly engineIdentity: () => string;
  };
  return { identity: engineIdentity(), create: () => createEngine() };
}

/** One decision of both builds; null where one of them decided nothing. */
export interface Changed {
  /** Where it is recorded; of a decision that only the other build took, where that build would record it. */
  readonly position: Position;
  readonly was: LabEvent | null;
  readonly is: LabEvent | null;
}

export interface Replayed {
  readonly positions: Position;
  /** The other build has the very chain. */
  readonly same: boolean;
  readonly changes: readonly Changed[];
  /** First position whose bytes differ; null where none do. With no changes, only counts or their cuts do. */
  readonly firstPosition: Position | null;
  /** Why the other build came no further; null where it played all inputs. */
  readonly failure: string | null;
}

interface Decision {
  readonly event: LabEvent;
  readonly body: Uint8Array;
}

/** Plays the inputs of a recorded lab on another build. */
export function replayOn(build: Engines, records: readonly LogRecord[]): Replayed {
  const was = records.map(({ body }) => decodeBody(body));
  const { decided, failure } = played(build, records);
  const first = records.findIndex(({ body }, i) => !sameBytes(body, decided[i]?.body ?? new Uint8Array(0)));
  const isCutOff = records.at(-1)?.settled === false;
  const beyond = isCutOff ? decided.slice(0, records.length) : decided;
  const firstPosition = first >= 0 ? first + 1 : beyond.length > records.length ? records.length + 1 : null;
  const same = (text: string): string => text;
  const is = beyond.map(({ event }) => event);
  const { onlyA, onlyB, moved } = diffEvents(was, is, { a: same, b: same });
  const changes = [...moved.map(({ a, b }) => ({ was: a, is: b })), ...paired(onlyA, onlyB)].map((one) => ({
    position: one.was?.position ?? one.is?.position ?? 0,
    ...one,
  }));
  changes.sort((a, b) => a.position - b.position);
  return { positions: records.length, same: firstPosition === null && failure === null, changes, firstPosition, failure };
}

/** Everything that the build decides. An engine that fails is an answer: a build may be anybody's. */
function played(
  build: Engines,
  records: readonly LogRecord[],
): { readonly decided: readonly Decision[]; readonly failure: string | null } {
  const decided: Decision[] = [];
  try {
    const engine = build.create();
    for (const { input, commandId } of courseOf(records).given) {
      engine.receive(input, { commandId, checkpoint: false });
      engine.step();
      // Decoded by this build: the other one may know other events.
      for (const { body } of engine.take()) decided.push({ body, event: decodeBody(body) });
    }
    return { decided, failure: null };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { decided, failure: `after ${decided.length} events: ${why}` };
  }
}

/** What only one of both decided, side by side where both are of one type and in one order. */
function paired(was: readonly LabEvent[], is: readonly LabEvent[]): Omit<Changed, 'position'>[] {
  const open = [...is];
  const pairs = was.map((one) => {
    const at = open.findIndex((other) => other.type === one.type && other.atNs === one.atNs);
    return { was: one, is: at < 0 ? null : (open.splice(at, 1)[0] ?? null) };
  });
  return [...pairs, ...open.map((one) => ({ was: null, is: one }))];
}
