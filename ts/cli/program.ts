/** All verbs, and what they share: usage errors, exit codes, and output whose reader goes away. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addAt } from './at.ts';
import { addBench } from './bench.ts';
import { addBisect } from './bisect.ts';
import { addCapture } from './capture.ts';
import { addCompletion } from './completion.ts';
import { addDeploy } from './deploy.ts';
import { addDestroy } from './destroy.ts';
import { addDiff } from './diff.ts';
import { addDoctor } from './doctor.ts';
import { EXIT, verdictOf } from './errors.ts';
import { addEvents } from './events.ts';
import { addExec } from './exec.ts';
import { addExplain } from './explain.ts';
import { addExport } from './export.ts';
import { addFork } from './fork.ts';
import { addImport } from './import.ts';
import { addInit } from './init.ts';
import { addInject } from './inject.ts';
import { addInspect } from './inspect.ts';
import { addMac } from './mac.ts';
import { note, watchReaders, writeNote, writeText } from './output.ts';
import { packageFile } from './package-file.ts';
import { addReplay } from './replay.ts';
import { addRule } from './rule.ts';
import { addRun } from './run.ts';
import { addSchema } from './schema.ts';
import { addServe } from './serve.ts';
import { addShrink } from './shrink.ts';
import { addSweep } from './sweep.ts';
import { addTest } from './test.ts';
import { addValidate } from './validate.ts';
import { addVerify } from './verify.ts';

const EXIT_CODES = `
Exit codes: 0 ok, 1 a check failed or a lab file is invalid, 2 usage error or not found,
3 warnings only (or recorded by another engine), 4 re-execution diverged or the store is damaged.`;

/** The program with all its verbs. */
export function createProgram(): Command {
  const program = new Command('switchback')
    .description('A network lab that records its whole history: run it, look back, verify it, capture it.')
    .version(readVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: writeText, writeErr: writeNote })
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false });
  for (const add of [
    addInit,
    addRun,
    addTest,
    addValidate,
    addDeploy,
    addExec,
    addDestroy,
    addServe,
    addInspect,
    addEvents,
    addAt,
    addVerify,
    addCapture,
    addExplain,
    addMac,
    addFork,
    addSweep,
    addDiff,
    addBisect,
    addShrink,
    addInject,
    addReplay,
    addExport,
    addImport,
    addBench,
    addSchema,
    addRule,
    addCompletion,
    addDoctor,
  ])
    add(program);
  program.addHelpText('after', EXIT_CODES);
  for (const verb of program.commands) {
    const form = `switchback ${verb.name()} ${verb.usage()}`;
    verb.showHelpAfterError(`expected: ${form}\n"switchback ${verb.name()} --help" has the details`);
  }
  program.showHelpAfterError('"switchback --help" lists the verbs');
  return program;
}

/** Runs the command line; resolves with the exit code. Verbs set `process.exitCode` for what is no error. */
export async function main(args: readonly string[]): Promise<number> {
  watchReaders();
  try {
    const program = createProgram();
    if (args.length === 0) program.help({ error: true });
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { exit, message } = verdictOf(error);
    note(`switchback: ${message}`);
    return exit;
  }
}

function readVersion(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;
}
