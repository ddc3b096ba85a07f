/** A lab file as the topology reader hands it over. */
import type { Lab } from './lab.ts';
import type { Script } from './script.ts';

/** A lab file as resolved: the lab itself, and what a scripted run does to it and expects of it. */
export interface LabFile {
  readonly name: string;
  readonly lab: Lab;
  readonly script: Script;
}
