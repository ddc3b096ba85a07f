/**
 * labs/golden/NAME.txt: the run that a shipped lab always was, one file per lab, so that two people can add labs.
 *
 * The first line is the chain of the whole run. The others are its events: position, nanoseconds of virtual time, type, and the
 * beginning of the chain there. The chain decides; the events are there to say which one is the first that differs.
 */
import { readdirSync, readFileSync } from 'node:fs';
import type { Decided } from '../ts/engine/decided.ts';
import { scriptInputs } from '../ts/engine/script.ts';
import { toHex } from '../ts/model/events/chain.ts';
import type { LabFile } from '../ts/model/lab/lab-file.ts';
import { createEngine } from '../ts/services/engine/host.ts';

export const GOLDEN = new URL('../labs/golden/', import.meta.url);
const SUFFIX = '.txt';
/** Hexadecimal digits of the chain that an event's line has. */
const DIGITS = 16;

/** Where the golden run of a lab is kept. */
export function goldenFile(lab: string): URL {
  return new URL(lab + SUFFIX, GOLDEN);
}

/** The chain of every golden run, in hexadecimal, by the lab's name. */
export function goldenChains(): Readonly<Record<string, string>> {
  const labs = readdirSync(GOLDEN).map((file) => file.slice(0, -SUFFIX.length));
  return Object.fromEntries(labs.sort().map((lab) => [lab, readFileSync(goldenFile(lab), 'utf8').split('\n', 1)[0] ?? '']));
}

/** A run as its golden file has it. It has at least one event, the definition. */
export function goldenText(decided: readonly Decided[]): string {
  const chain = decided.at(-1)?.chain;
  if (chain === undefined) throw new RangeError('a run begins with an event');
  return [toHex(chain), ...decided.map(lineOf), ''].join('\n');
}

function lineOf({ event, chain }: Decided): string {
  return `${event.position} ${event.atNs} ${event.type} ${toHex(chain).slice(0, DIGITS)}`;
}

/** Runs a lab to its end. */
export function decidedBy({ lab, script }: LabFile): readonly Decided[] {
  const engine = createEngine();
  return scriptInputs(lab, script).flatMap((input) => {
    engine.receive(input);
    engine.step();
    return engine.take();
  });
}

/** The first event in which a run differs from its golden file, in words; null when the run is the golden one. */
export function firstDifference(golden: string, decided: readonly Decided[]): string | null {
  if (golden === goldenText(decided)) return null;
  const expected = golden.trimEnd().split('\n').slice(1);
  for (const [index, event] of decided.entries()) {
    const before = expected[index];
    if (before === undefined) return `the golden run ends after ${expected.length} events; now follows ${inWords(event)}`;
    if (before !== lineOf(event))
      return `the first event that differs was "${before}", and is "${lineOf(event)}": ${inWords(event)}`;
  }
  const missing = expected[decided.length];
  if (missing !== undefined) return `the run ends after ${decided.length} events; "${missing}" followed`;
  return `all events are the golden ones, but the first line is not their chain ${goldenText(decided).split('\n', 1)[0]}`;
}

function inWords({ event }: Decided): string {
  const { type, position, atNs, cause, data } = event;
  return `#${position} ${type} at ${atNs} ns, because of #${cause}: ${JSON.stringify(data)}`;
}
