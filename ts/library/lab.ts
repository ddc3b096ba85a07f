/** The lab of the package on Node: its data plane comes with it. */
import { readFileSync } from 'node:fs';
import { createEngine, engineIdentity } from '../services/engine/host.ts';
import { BaseLab } from './base-lab.ts';
import type { EngineSource } from './engine-source.ts';
import { unreadable } from './errors.ts';
import type { LabOrigin } from './lab-document.ts';
import type { LabOptions } from './options.ts';

let engines: EngineSource | null = null;

/** The identity is read once, when the first lab is made: importing the package reads nothing. */
function nodeEngines(): EngineSource {
  engines ??= { identity: engineIdentity(), create: () => createEngine() };
  return engines;
}

/** A network lab in this process: build it with verbs or read a lab file, then run it and ask what happened. */
export class Lab extends BaseLab {
  /**
   * A new lab of that name, or the lab that a text describes.
   * @throws LabInvalid when a text is no YAML.
   */
  constructor(origin: LabOrigin, options: LabOptions = {}) {
    super(origin, options, nodeEngines());
  }

  /** Reads a lab file. @throws LabInvalid when it is no YAML; FileUnreadable */
  static open(path: string): Lab {
    return new Lab({ text: textOf(path), file: path });
  }
}

/** @throws FileUnreadable */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(path, 'a lab file', error);
  }
}
