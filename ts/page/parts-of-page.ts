/**
 * Where the page's parts come from. Served, they are files beside it; alone in one file, they stand in it as data (scripts/page-single.ts),
 * because a page of `file://` can fetch nothing and load no other script.
 *
 * Trusted Types let no text become a script unless a policy made it one. Ours knows one script, the worker's, whose address is no input.
 */
import type { WorkerPort } from './ask/worker-line.ts';
import { undense } from './codec/dense.ts';
import type { RuleNames } from './model/rule-names.ts';

export interface PageParts {
  /** Everything stands in the document. */
  readonly isAlone: boolean;
  readonly newWorker: () => WorkerPort;
  readonly wasm: () => Promise<Uint8Array>;
  readonly rules: () => Promise<RuleNames | null>;
}

/** Identity of the build; the bundler puts it in (scripts/page.ts). */
declare const SWITCHBACK_IDENTITY: string;
export const IDENTITY: string = SWITCHBACK_IDENTITY;

interface TypesPolicy {
  createScriptURL(address: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: { readonly createScriptURL: (address: string) => string }): TypesPolicy;
}

/** The parts in the document, where it is the single file; those beside it otherwise. */
export function partsOfPage(): PageParts {
  const isAlone = document.getElementById('worker') !== null;
  const parts = isAlone ? OF_DOCUMENT : OF_SERVER;
  let script: string | null = null;
  return {
    isAlone,
    newWorker: () => {
      script ??= trusted(parts.worker());
      return new Worker(script);
    },
    wasm: parts.wasm,
    rules: parts.rules,
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

const OF_SERVER = {
  worker: () => 'worker.js',
  wasm: async () => new Uint8Array(await (await fetched('dataplane.wasm')).arrayBuffer()),
  /** Nobody waits for them. */
  rules: async () => {
    const answer = await fetched('rules.json').catch(() => null);
    return answer === null ? null : ((await answer.json()) as RuleNames);
  },
} as const;

async function fetched(file: string): Promise<Response> {
  const response = await fetch(file);
  if (!response.ok) throw new Error(`${file}: ${response.status}`);
  return response;
}

const OF_DOCUMENT = {
  worker: () => addressOf(inDocument('worker'), 'text/javascript'),
  wasm: async () => inDocument('dataplane'),
  rules: async () => ({
    ...(JSON.parse(new TextDecoder().decode(inDocument('rule-names'))) as RuleNames),
    page: addressOf(inDocument('rules'), 'text/html'),
  }),
} as const;

function inDocument(id: string): Uint8Array<ArrayBuffer> {
  const base64 = document.getElementById(id)?.textContent ?? '';
  return undense(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}

/** An address within this page, which no request leaves for. */
function addressOf(bytes: Uint8Array<ArrayBuffer>, type: string): string {
  return URL.createObjectURL(new Blob([bytes], { type }));
}
