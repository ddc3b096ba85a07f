/** Asks a fresh process (fold-child.ts) to fold bodies, once or several times. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FoldAnswer, FoldRequest } from './fold-child.ts';

const CHILD = fileURLToPath(new URL('fold-child.ts', import.meta.url));

export function foldElsewhere(requests: readonly FoldRequest[]): Promise<FoldAnswer[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(requests.map((request) => `${JSON.stringify(request)}\n`).join(''));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`the process that folds ended with ${code}`));
      const lines = Buffer.concat(chunks).toString('utf8').split('\n').slice(0, -1);
      resolve(lines.map((line) => JSON.parse(line) as FoldAnswer));
    });
  });
}
