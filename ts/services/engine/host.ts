/**
 * The engine on Node: where its wasm lies, how it is hashed, and its identity. The layers below know none of this.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { Engine } from '../../engine/engine.ts';

const WASM = new URL('../../../gen/dataplane/dataplane.core.wasm', import.meta.url);
/** Beside the built layers (scripts/engine-identity.ts); absent when running from source. */
const IDENTITY = new URL('../../../engine-identity.json', import.meta.url);

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

let known: string | null = null;

/** Identity of this build, or of this very wasm when running from source. */
export function engineIdentity(): string {
  known ??= readIdentity();
  return known;
}

function readIdentity(): string {
  if (existsSync(IDENTITY)) return (JSON.parse(readFileSync(IDENTITY, 'utf8')) as { identity: string }).identity;
  return `source+${createHash('sha256').update(readFileSync(WASM)).digest('hex').slice(0, 16)}`;
}

/** The data plane of this build, as WebAssembly. */
export function dataplaneWasm(): Uint8Array {
  return readFileSync(WASM);
}

let compiled: WebAssembly.Module | null = null;

/**
 * What makes engines around another data plane, compiled once.
 * @throws RangeError when it asks for anything from outside: a data plane needs nothing but its memory
 */
export function enginesOf(wasm: Uint8Array): { readonly identity: string; readonly create: () => Engine } {
  const module = new WebAssembly.Module(new Uint8Array(wasm));
  const [asked] = WebAssembly.Module.imports(module);
  if (asked !== undefined)
    throw new RangeError(`the WebAssembly asks for ${asked.module}.${asked.name}; a data plane asks for nothing`);
  const identity = `wasm+${createHash('sha256').update(wasm).digest('hex').slice(0, 16)}`;
  return { identity, create: () => new Engine(module, { identity, sha256 }) };
}

/** A fresh engine. The module is compiled once per process. */
export function createEngine(options: { readonly traceBytes?: number } = {}): Engine {
  compiled ??= new WebAssembly.Module(readFileSync(WASM));
  return new Engine(compiled, { identity: engineIdentity(), sha256, ...options });
}
