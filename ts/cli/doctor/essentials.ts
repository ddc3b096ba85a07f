/** What Switchback cannot do without: a Node that is new enough, its data plane, the native part of the store, a directory to write to. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../package-file.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly name: string;
  /** What needs it. */
  readonly for: string;
  readonly found: boolean;
  /** What is there, or why it is not. */
  readonly detail: string;
  /** How to get it; empty when it is there. */
  readonly remedy: string;
}

export async function essentials(): Promise<readonly Finding[]> {
  return [nodeFinding(process.versions.node, requiredNode()), await tried(DATAPLANE), await tried(STORE)];
}

/** @param required such as ">=20.19" */
export function nodeFinding(version: string, required: string): Finding {
  const found = isAtLeast(version, required.replace(/^>=/, ''));
  const detail = found ? version : `${version}, expected ${required}`;
  return { name: 'node', for: 'everything', found, detail, remedy: found ? '' : 'https://nodejs.org/en/download' };
}

function isAtLeast(version: string, least: string): boolean {
  const [have, want] = [version, least].map((text) => text.split('.').map(Number));
  for (const [index, part] of (want ?? []).entries()) {
    const own = have?.[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}

function requiredNode(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { engines: { node: string } }).engines.node;
}

interface Trial {
  readonly name: string;
  readonly for: string;
  /** Says what is there. @throws whatever keeps it from working */
  readonly work: () => Promise<string>;
  readonly remedy: string;
}

const DATAPLANE: Trial = {
  name: 'dataplane',
  for: 'running labs',
  work: async () => {
    const { createEngine, engineIdentity } = await import('../../services/engine/host.ts');
    createEngine();
    return `engine ${engineIdentity().slice(0, 12)}`;
  },
  remedy: 'npm ci && npm run build, or install the package again',
};

const STORE: Trial = {
  name: 'store',
  for: 'recording labs: run, deploy, serve',
  work: async () => {
    const { openEmbeddedLog } = await import('../../log/embedded/index.ts');
    const dir = mkdtempSync(join(tmpdir(), 'switchback-doctor-'));
    try {
      const log = await openEmbeddedLog(dir, { writes: true });
      await log.close();
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
    return 'opens';
  },
  remedy: 'npm rebuild lmdb; a platform without a prebuilt binary needs a C++ compiler, and TMPDIR must be writable',
};

async function tried({ name, for: use, work, remedy }: Trial): Promise<Finding> {
  try {
    return { name, for: use, found: true, detail: await work(), remedy: '' };
  } catch (error) {
    const [line = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return { name, for: use, found: false, detail: line, remedy };
  }
}
