/**
 * What a test needs that `npm ci` does not bring: needs('tshark')('the capture reads in Wireshark', () => { … }).
 *
 * Where it is missing, one skipped test stands for the suite and the closing lines of the run say how to get it
 * (test/closing-reporter.ts). With CI set it fails instead: a suite that never runs proves nothing.
 */
import { spawnSync } from 'node:child_process';
import { describe, test } from 'vitest';
import { hasRegistry } from '../scripts/consumer.ts';
import { canHaveKafka } from '../scripts/kafka-jars.ts';

interface Need {
  readonly found: () => boolean;
  readonly missing: string;
  /** How to get it. */
  readonly remedy: string;
}

/** In namespaces of its own, gone when it ends: whether a bridge and VXLAN can be had. */
const NETWORK_PROBE = 'command -v bridge && ip link add br0 type bridge && ip link add vx0 type vxlan id 1 dstport 4789';

export const NEEDS = {
  tshark: { found: () => onPath('tshark'), missing: 'not installed', remedy: 'apt-get install tshark' },
  kafka: {
    found: canHaveKafka,
    missing: 'no Java 17, or neither Maven nor a broker it downloaded before',
    remedy: 'apt-get install openjdk-17-jre-headless maven',
  },
  kcat: { found: () => onPath('kcat'), missing: 'not installed', remedy: 'apt-get install kcat' },
  zsh: { found: () => onPath('zsh'), missing: 'not installed', remedy: 'apt-get install zsh' },
  terminal: {
    found: () => spawnSync('python3', ['-c', 'import pty; pty.openpty()']).status === 0,
    missing: 'no python3 that can open a pseudo-terminal',
    remedy: 'apt-get install python3',
  },
  git: {
    found: () => spawnSync('git', ['rev-parse', '--is-inside-work-tree']).status === 0,
    missing: 'not a git checkout',
    remedy: 'git clone the repository',
  },
  registry: {
    found: hasRegistry,
    missing: 'npm reaches no registry',
    remedy: 'npm config get registry',
  },
  chromium: { found: () => onPath('chromium'), missing: 'not installed', remedy: 'apt-get install chromium' },
  disks: {
    found: () => spawnSync('unshare', ['-Urm', 'sh', '-c', 'mount -t tmpfs none /mnt']).status === 0,
    missing: 'no disk of its own can be mounted here',
    remedy: 'Linux with tmpfs, util-linux and unprivileged user namespaces',
  },
  namespaces: {
    found: () => spawnSync('unshare', ['-Urnm', 'sh', '-c', NETWORK_PROBE]).status === 0,
    missing: 'no network of its own can be made here',
    remedy: 'Linux with bridge and VXLAN, iproute2, util-linux and unprivileged user namespaces',
  },
} as const satisfies Record<string, Need>;

export type NeedName = keyof typeof NEEDS;

/** A suite that runs where the need is met, and says so where it is not. */
export type Suite = (name: string, body: () => void) => void;

export function needs(name: NeedName): Suite {
  const need: Need = NEEDS[name];
  return suiteFor(name, need, need.found(), isCi());
}

/** `needs` with everything it looks up given. */
export function suiteFor(name: string, need: Need, found: boolean, ci: boolean): Suite {
  if (found) return (title, body) => void describe(title, body);
  return (title) =>
    void describe(title, () => {
      test(`needs ${name}`, (context) => standIn(`${name}: ${need.missing} (${need.remedy})`, ci, context.skip));
    });
}

/** What runs instead of a suite whose need is not met. */
export function standIn(note: string, ci: boolean, skip: (note: string) => void): void {
  if (ci) throw new Error(`${note}; with CI set nothing may be skipped`);
  skip(note);
}

export function isCi(): boolean {
  const ci = process.env['CI'] ?? '';
  return ci !== '' && ci !== 'false' && ci !== '0';
}

function onPath(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;
}
