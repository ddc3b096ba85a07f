#!/usr/bin/env node
/**
 * The command `switchback`. Verbs that open a store run in a child process (supervisor.ts says why); the others here.
 */
import * as module from 'node:module';
import { fileURLToPath } from 'node:url';
import { isBundle } from './bundle-name.ts';

// From Node 22.8 on, compiled code is kept among the temporary files, so that the next command begins sooner; NODE_DISABLE_COMPILE_CACHE=1
// leaves it out.
(module as { readonly enableCompileCache?: () => unknown }).enableCompileCache?.();

const STORE_VERBS: ReadonlySet<string> = new Set([
  'run',
  'inspect',
  'events',
  'at',
  'verify',
  'capture',
  'explain',
  'mac',
  'graph',
  'report',
  'fork',
  'diff',
  'bisect',
  'inject',
  'replay',
  'export',
  'import',
  'deploy',
  'exec',
  'destroy',
]);

const args = process.argv.slice(2);
// A bundle is read by JavaScript alone, and without a store: nothing native can crash on it.
const needsStore = STORE_VERBS.has(args[0] ?? '') && !(args[0] === 'verify' && isBundle(args[1] ?? ''));
const { CHILD_MARK, endWithSupervisor, supervise } = await import('./supervisor.ts');
const isChild = process.env[CHILD_MARK] !== undefined;
if (isChild) endWithSupervisor();
const asksForHelp = args.includes('-h') || args.includes('--help');
const { clearStart, showStart } = await import('./progress.ts');

if (!isChild && !asksForHelp) showStart(args);

if (!isChild && needsStore && !asksForHelp) {
  process.exitCode = await supervise(fileURLToPath(import.meta.url), args);
} else {
  const { main } = await import('./program.ts');
  clearStart(args);
  process.exitCode = await main(args);
}
