/** The lab of the package in a browser: its data plane is given or fetched. */
import { sha256 } from '@noble/hashes/sha2.js';
import { Engine } from '../engine/engine.ts';
import { toHex } from '../model/events/chain.ts';
import { BaseLab } from './base-lab.ts';
import type { EngineSource } from './engine-source.ts';
import type { LabOrigin } from './lab-document.ts';
import type { LabOptions } from './options.ts';

/** Hex digits of the wasm's hash that name the engine. */
const IDENTITY_DIGITS = 16;

/** The compiled data plane, as `loadDataplane` gives it. */
export type Dataplane = EngineSource;

/**
 * Compiles the data plane, `switchback-lab/dataplane.wasm`.
 * @param from where to fetch it, or its bytes.
 * @throws Error when it cannot be fetched or is no WebAssembly.
 */
export async function loadDataplane(from: string | URL | ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<Dataplane> {
  const bytes = typeof from === 'string' || from instanceof URL ? await fetched(from) : new Uint8Array(from);
  const module = await WebAssembly.compile(bytes);
  const identity = `browser+${toHex(sha256(bytes)).slice(0, IDENTITY_DIGITS)}`;
  return { identity, create: () => new Engine(module, { identity }) };
}

async function fetched(url: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${String(url)} answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** A network lab in this page: as the package's `Lab` on Node, with the data plane given. */
export class Lab extends BaseLab {
  /**
   * A new lab of that name, or the lab that a text describes.
   * @param dataplane what runs it, from `loadDataplane`.
   * @throws LabInvalid when a text is no YAML.
   */
  constructor(dataplane: Dataplane, origin: LabOrigin, options: LabOptions = {}) {
    super(origin, options, dataplane);
  }
}
