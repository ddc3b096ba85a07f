/**
 * What parts of Switchback need that npm does not bring, and how to get it: for `switchback doctor`, and for the tests, which skip what
 * cannot run here (test/needs.ts).
 */
import { spawnSync } from 'node:child_process';

export interface Need {
  /** What needs it. */
  readonly for: string;
  /** Whether only work on Switchback itself needs it. */
  readonly development?: true;
  readonly found: () => boolean;
  readonly missing: string;
  /** How to get it. */
  readonly remedy: string;
}

/** Kafka 4 runs on nothing older. */
export const JAVA_MIN = 17;
/** An answer takes milliseconds; a daemon that hangs must not hold up the others. */
const PROBE_MS = 10_000;
/** In namespaces of its own, gone when it ends: whether a bridge and VXLAN can be had. */
const NETWORK_PROBE = 'command -v bridge && ip link add br0 type bridge && ip link add vx0 type vxlan id 1 dstport 4789';

export const NEEDS = {
  tshark: {
    for: 'reading captures: switchback capture LAB -w - | tshark -r -',
    found: () => onPath('tshark'),
    missing: 'not installed',
    remedy: 'apt-get install tshark',
  },
  wireshark: {
    for: 'watching a lab: switchback capture LAB --follow -w - | wireshark -k -i -',
    found: () => onPath('wireshark'),
    missing: 'not installed',
    remedy: 'apt-get install wireshark',
  },
  docker: {
    for: 'the service with a broker, in containers: docker compose up (compose.yaml)',
    found: () => succeeds('docker', ['compose', 'version']) && succeeds('docker', ['info']),
    missing: 'not installed, without Compose, or its daemon does not answer',
    remedy: 'https://docs.docker.com/engine/install',
  },
  java: {
    for: 'a Kafka broker without containers: npm run kafka',
    found: () => javaVersion() >= JAVA_MIN,
    missing: `no Java ${JAVA_MIN} or newer`,
    remedy: 'apt-get install openjdk-17-jre-headless',
  },
  maven: {
    for: 'downloading that broker, once',
    found: () => succeeds('mvn', ['-v']),
    missing: 'not installed',
    remedy: 'apt-get install maven',
  },
  kcat: {
    for: 'following labs on Kafka from a shell (examples/follow-macs.sh)',
    found: () => onPath('kcat'),
    missing: 'not installed',
    remedy: 'apt-get install kcat',
  },
  zsh: {
    for: 'completion in zsh: switchback completion zsh',
    found: () => onPath('zsh'),
    missing: 'not installed',
    remedy: 'apt-get install zsh',
  },
  terminal: {
    for: 'tests on a pseudo-terminal',
    development: true,
    found: () => succeeds('python3', ['-c', 'import pty; pty.openpty()']),
    missing: 'no python3 that can open a pseudo-terminal',
    remedy: 'apt-get install python3',
  },
  git: {
    for: 'tests that look at the repository',
    development: true,
    found: () => succeeds('git', ['rev-parse', '--is-inside-work-tree']),
    missing: 'not a git checkout',
    remedy: 'git clone the repository',
  },
  chromium: {
    for: 'tests in a browser',
    development: true,
    found: () => onPath('chromium'),
    missing: 'not installed',
    remedy: 'apt-get install chromium',
  },
  disks: {
    for: 'tests on a disk that fills up',
    development: true,
    found: () => succeeds('unshare', ['-Urm', 'sh', '-c', 'mount -t tmpfs none /mnt']),
    missing: 'no disk of its own can be mounted here',
    remedy: 'Linux with tmpfs, util-linux and unprivileged user namespaces',
  },
  namespaces: {
    for: "comparing with Linux's own bridge and VXLAN",
    development: true,
    found: () => succeeds('unshare', ['-Urnm', 'sh', '-c', NETWORK_PROBE]),
    missing: 'no network of its own can be made here',
    remedy: 'Linux with bridge and VXLAN, iproute2, util-linux and unprivileged user namespaces',
  },
} as const satisfies Record<string, Need>;

export type NeedName = keyof typeof NEEDS;

/** Major version of the Java on the path; 0 when there is none. */
export function javaVersion(): number {
  const { stderr, status } = spawnSync('java', ['-version'], { encoding: 'utf8', timeout: PROBE_MS });
  return status === 0 ? Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0) : 0;
}

function onPath(command: string): boolean {
  return succeeds('sh', ['-c', `command -v ${command}`]);
}

function succeeds(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { timeout: PROBE_MS }).status === 0;
}
