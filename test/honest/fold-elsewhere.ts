/** Asks a fresh process (fold-child.ts) to fold bodies. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FoldAnswer, FoldRequest } from './fold-child.ts';

const CHILD = fileURLToPath(new URL('fold-child.ts', import.meta.url));

export function foldElsewhere(request: FoldRequest): Promise<FoldAnswer> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD], { stdio: ['pipe', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.end(`${JSON.stringify(request)}\n`);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as FoldAnswer);
      else reject(new Error(`the process that folds ended with ${code}`));
    });
  });
}
