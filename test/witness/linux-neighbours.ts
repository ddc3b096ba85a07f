/** Plays ARP frames to a real Linux kernel (neighbours-child.ts) and answers what it then believes of their senders. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { NeighbourAnswer, NeighbourRequest } from './neighbours-child.ts';

const CHILD = fileURLToPath(new URL('neighbours-child.ts', import.meta.url));
/** Namespaces of its own, as root of them; when `unshare` is killed, so is everything in them. */
const ALONE = ['-Urnm', '--fork', '--kill-child', process.execPath, '--import', 'tsx', CHILD];
const PATIENCE_MS = 60_000;

export function throughLinuxNeighbours(request: NeighbourRequest): Promise<NeighbourAnswer> {
  const child = spawn('unshare', ALONE, { stdio: ['pipe', 'pipe', 'pipe'], timeout: PATIENCE_MS, killSignal: 'SIGKILL' });
  const out: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  child.stdin.on('error', (error) => complaints.push(Buffer.from(String(error))));
  child.stdin.end(JSON.stringify(request));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(out).toString('utf8')) as NeighbourAnswer);
      else reject(new Error(`the kernel's host ended with ${code ?? signal}: ${Buffer.concat(complaints).toString('utf8')}`));
    });
  });
}
