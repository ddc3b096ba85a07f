/**
 * A disk that runs full, and a store that is read-only: both on a small file system in memory, mounted in namespaces of its own
 * (full-disk-child.ts does the work there), so no right of an administrator is needed and nothing is left behind.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type Campaign, type Settings, Tally } from './campaign.ts';
import { ROOT, Running } from './processes.ts';

/** A tally as the child prints it. */
export interface Told {
  readonly done: readonly (readonly [string, number])[];
  readonly acknowledged: number | null;
  readonly lost: number;
  readonly doubled: number;
  readonly chains: number;
  readonly recoverMs: readonly number[];
  readonly memoryBytesMax: number;
  readonly faultCount: number;
  readonly faults: readonly string[];
}

function missing(): string | null {
  const { status } = spawnSync('unshare', ['-Urm', 'sh', '-c', 'mount -t tmpfs none /mnt']);
  return status === 0 ? null : 'needs Linux with unprivileged user namespaces and tmpfs (apt-get install util-linux)';
}

async function inside(what: string, { seed, fullDisks }: Settings): Promise<Tally> {
  const child = join(ROOT, 'scripts/campaign/full-disk-child.ts');
  const running = new Running('unshare', ['-Urm', process.execPath, '--import', 'tsx', child, what, `${seed}`, `${fullDisks}`]);
  const { code, stdout, stderr } = await running.ended;
  const line = stdout.trim().split('\n').at(-1) ?? '';
  if (code !== 0 || !line.startsWith('{')) throw new Error(`the child ended with ${code}: ${stderr}`);
  const { done, recoverMs, ...counted } = JSON.parse(line) as Told;
  const tally = new Tally();
  for (const [name, number] of done) tally.count(name, number);
  tally.recoverMs.push(...recoverMs);
  return Object.assign(tally, counted);
}

export const fullDisk: Campaign = {
  name: 'full-disk',
  title: 'the disk runs full while labs are changed, over HTTP and by `exec`, and has room again later',
  lane: 'store',
  missing,
  run: (settings) => inside('full', settings),
};

export const readOnlyStore: Campaign = {
  name: 'read-only-store',
  title: 'every verb on a store whose file system is read-only: it answers or says why not, and changes nothing',
  lane: 'store',
  missing,
  run: (settings) => inside('read-only', settings),
};
