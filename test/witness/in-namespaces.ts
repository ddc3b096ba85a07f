/** Asks a child that plays frames to a real kernel, in namespaces of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** As root of its own namespaces; when `unshare` is killed, so is everything in them. */
const ALONE = ['-Urnm', '--fork', '--kill-child', process.execPath, '--import', 'tsx'];

/**
 * Runs a child of this folder: its request goes to its input as JSON, its answer comes back as JSON.
 * @throws with what the child complained of, when it fails or takes longer than `patienceMs`.
 */
export function askInNamespaces<Answer>(child: string, request: unknown, patienceMs: number): Promise<Answer> {
  const args = [...ALONE, fileURLToPath(new URL(child, import.meta.url))];
  const asked = spawn('unshare', args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: patienceMs, killSignal: 'SIGKILL' });
  const out: Buffer[] = [];
  const complaints: Buffer[] = [];
  asked.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  asked.stderr.on('data', (chunk: Buffer) => complaints.push(chunk));
  asked.stdin.on('error', (error) => complaints.push(Buffer.from(String(error))));
  asked.stdin.end(JSON.stringify(request));
  return new Promise((resolve, reject) => {
    asked.on('error', reject);
    asked.on('close', (code, signal) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(out).toString('utf8')) as Answer);
      else reject(new Error(`${child} ended with ${code ?? signal}: ${Buffer.concat(complaints).toString('utf8')}`));
    });
  });
}
