/** `switchback serve` from its source, as a process: what bin.ts and program.ts do, for this one verb. */
import { Command } from 'commander';
import { verdictOf } from '../../ts/cli/errors.ts';
import { addServe } from '../../ts/cli/serve.ts';

const program = new Command('switchback').exitOverride();
addServe(program);
try {
  await program.parseAsync(process.argv.slice(2), { from: 'user' });
} catch (error) {
  const { exit, message } = verdictOf(error);
  process.stderr.write(`switchback: ${message}\n`);
  process.exitCode = exit;
}
