/**
 * `npm run test:compose`: the shared lab of compose.yaml, for real, with images made on this machine (test/compose/images.ts).
 *
 * Fetches what is to be fetched, then runs test/compose/compose.e2e.ts in namespaces of its own (test/compose/machine.ts), so
 * that nothing of it can outlive the command.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startVitest } from 'vitest/node';
import { ClosingReporter } from '../test/closing-reporter.ts';
import { removeRemains } from '../test/compose/daemon.ts';
import { fetchParts } from '../test/compose/images.ts';
import { missing, NAMESPACES } from '../test/compose/machine.ts';

const INSIDE = '--inside';
/** It takes three minutes on two idle processors. */
const LIMIT_MS = 10 * 60_000;

if (process.argv.includes(INSIDE) || missing().length > 0) {
  // Where it cannot run, the suite itself says so.
  const vitest = await startVitest('test', [], {
    config: false,
    watch: false,
    // Each test goes on where the one before it ended.
    bail: 1,
    include: ['test/compose/compose.e2e.ts'],
    pool: 'forks',
    testTimeout: LIMIT_MS,
    hookTimeout: LIMIT_MS,
    reporters: [new ClosingReporter()],
  });
  await vitest.close();
} else {
  fetchParts();
  const [command = '', ...flags] = NAMESPACES;
  const again = [process.execPath, '--import', 'tsx', fileURLToPath(import.meta.url), INSIDE];
  // A new network has no loopback until somebody sets it up. What daemons keep in /run is gone with the namespace.
  const inside = ['sh', '-c', 'ip link set lo up && mount -t tmpfs run /run && exec "$@"', 'sh', ...again];
  // Everything temporary goes in here, so that it can be removed after whatever end.
  const folder = mkdtempSync(join(tmpdir(), 'switchback-compose-'));
  const env = { ...process.env, TMPDIR: folder };
  const options = { stdio: 'inherit', timeout: LIMIT_MS, killSignal: 'SIGKILL', env } as const;
  const { status, signal } = spawnSync(command, [...flags, ...inside], options);
  if (signal !== null) console.error(`stopped: not done within ${LIMIT_MS / 60_000} minutes`);
  for (const remains of readdirSync(folder)) removeRemains(join(folder, remains));
  removeRemains(folder);
  process.exitCode = status ?? 1;
}
