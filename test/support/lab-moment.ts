/** A lab file, run to a moment: what a picture is drawn from. */
import { readFileSync } from 'node:fs';
import { courseOfInputs } from '../../ts/debug/course.ts';
import { Rerun } from '../../ts/debug/rerun.ts';
import { readDerived } from '../../ts/engine/derived.ts';
import { scriptInputs } from '../../ts/engine/script.ts';
import type { LabFile } from '../../ts/model/lab/lab-file.ts';
import { followedMacs } from '../../ts/picture/followed-macs.ts';
import type { Moment } from '../../ts/picture/scene-of.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { nanos } from '../../ts/values/nanos.ts';
import { newEngine } from '../properties/drive.ts';
import { playsLab } from './played.ts';

const LOAD_NS = 100_000_000;

/** A shipped lab by name, or a lab file's own text. @throws Error when it is refused */
export function labFileOf(nameOrText: string): LabFile {
  const text = nameOrText.includes('\n') ? nameOrText : readFileSync(`labs/${nameOrText}.lab.yml`, 'utf8');
  const read = readLabFile(text, 'test.lab.yml');
  if (!read.ok) throw new Error(read.findings[0]?.message ?? '');
  return read.file;
}

/** The moments of a lab at times, ascending, each in an engine's state of its own; MACs are followed up to the last of them. */
export function momentsOf({ lab, script }: LabFile, seconds: readonly number[]): readonly Moment[] {
  playsLab();
  const rerun = new Rerun(newEngine, courseOfInputs(scriptInputs(lab, script)));
  const moments = seconds.map((second) => {
    const atNs = Math.round(second * 1e9);
    rerun.playUntil({ atNs: nanos(Math.max(0, atNs - LOAD_NS)) });
    const before = readDerived(rerun.engine);
    rerun.playUntil({ atNs: nanos(atNs) });
    // The engine ran up to, and not into, the nanosecond after.
    const derived = { ...readDerived(rerun.engine), atNs };
    return { state: structuredClone(rerun.engine.state), derived, before };
  });
  const followed = followedMacs(rerun.decided.map(({ event }) => event));
  return moments.map((moment) => ({ ...moment, followed }));
}
