/**
 * Where the page's parts come from. Served, they are files beside it; alone in one file, they stand in it as data, because a page of `file://`
 * can fetch nothing and load no other script.
 *
 * Trusted Types let no text become a script unless a policy made it one. Ours knows one script, the worker's, whose address is no input.
 */
import type { WorkerPort } from './ask/worker-line.ts';

export interface PageParts {
  /** Everything stands in the document. */
  readonly isAlone: boolean;
  readonly newWorker: () => WorkerPort;
  readonly wasm: () => Promise<Uint8Array>;
}

/** Identity of the build; the bundler puts it in (scripts/page.ts). */
declare const SWITCHBACK_IDENTITY: string;
export const IDENTITY: string = SWITCHBACK_IDENTITY;

const WORKER = 'worker.js';
const DATAPLANE = 'dataplane.wasm';

interface TypesPolicy {
  createScriptURL(address: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: { readonly createScriptURL: (address: string) => string }): TypesPolicy;
}

/** The parts in the document, where it is the single file; those beside it otherwise. */
export function partsOfPage(): PageParts {
  const worker = document.getElementById('worker')?.textContent;
  const dataplane = document.getElementById('dataplane')?.textContent;
  const isAlone = worker != null && dataplane != null;
  const address = isAlone ? URL.createObjectURL(new Blob([worker], { type: 'text/javascript' })) : WORKER;
  const script = trusted(address);
  return {
    isAlone,
    newWorker: () => new Worker(script),
    wasm: isAlone ? () => inflated(dataplane) : fetched,
  };
}

function trusted(address: string): string {
  const { trustedTypes } = globalThis as unknown as { readonly trustedTypes?: PolicyFactory };
  const createScriptURL = (asked: string): string => {
    if (asked === address) return asked;
    throw new TypeError(`no script of this page: ${asked}`);
  };
  return trustedTypes === undefined
    ? address
    : trustedTypes.createPolicy('switchback', { createScriptURL }).createScriptURL(address);
}

async function fetched(): Promise<Uint8Array> {
  const response = await fetch(DATAPLANE);
  if (!response.ok) throw new Error(`${DATAPLANE}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/** The data plane that stands in the document: gzip, as text. */
async function inflated(base64: string): Promise<Uint8Array> {
  const bytes = Uint8Array.from(atob(base64.trim()), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
