/**
 * What the test of compose.yaml needs of the machine, and the namespaces it runs in: its own network, mounts and processes. The
 * Docker daemon started there changes no firewall rule and no mount of the machine, and ends with the namespace.
 */
import { spawnSync } from 'node:child_process';
import { isCi, suiteFor } from '../needs.ts';

/** Commands, and the Debian packages that bring them. */
const COMMANDS: Readonly<Record<string, string>> = {
  docker: 'docker.io',
  dockerd: 'docker.io',
  'docker-compose': 'docker-compose',
  debootstrap: 'debootstrap',
  iptables: 'iptables',
  ip: 'iproute2',
  unshare: 'util-linux',
  java: 'openjdk-17-jre-headless',
  mvn: 'maven',
  kcat: 'kcat',
  protoc: 'protobuf-compiler libprotobuf-dev',
};

/** In front of a command, runs it in namespaces of its own; everything in them ends when it does. */
export const NAMESPACES: readonly string[] = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** What is missing, in words; empty when the test can run. */
export function missing(): readonly string[] {
  const absent = Object.entries(COMMANDS).filter(([command]) => spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0);
  if (absent.length > 0) {
    const packages = [...new Set(absent.map(([, name]) => name))];
    return [`not installed: ${absent.map(([command]) => command).join(', ')} (apt-get install ${packages.join(' ')})`];
  }
  if (process.getuid?.() !== 0) return ['not root: a Docker daemon cannot be started'];
  const [command = '', ...flags] = NAMESPACES;
  if (spawnSync(command, [...flags, 'ip', 'link', 'add', 'br0', 'type', 'bridge']).status !== 0)
    return ['no namespaces of its own can be had here'];
  return [];
}

/** A suite that runs where Docker can be started, says so where it cannot, and fails with CI set (test/needs.ts). */
export function needsDocker(name: string, body: () => void): void {
  const lacks = missing();
  const need = { found: () => lacks.length === 0, missing: lacks.join('; '), remedy: 'Linux as root, with Docker and compose' };
  suiteFor('docker', need, lacks.length === 0, isCi())(name, body);
}
