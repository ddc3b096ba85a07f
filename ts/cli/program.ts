/** All verbs, and what they share: usage errors, exit codes, and output whose reader goes away. */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { CompletedVerbs } from './completion/candidates.ts';
import { EXIT, verdictOf } from './errors.ts';
import { note, watchReaders, writeNote, writeText } from './output.ts';
import { packageFile } from './package-file.ts';

const EXIT_CODES = `
Exit codes: 0 ok, 1 a check failed or a lab file is invalid, 2 usage error or not found,
3 warnings only (or recorded by another engine), 4 re-execution diverged or the store is damaged.`;

type AddVerb = (program: Command) => void;

/**
 * All verbs, in the order of the help. Each is loaded when it is asked for: to load all of them takes longer than most of what they do. A
 * completed line asks for what stands in it, not for this program.
 */
const VERBS: Readonly<Record<string, () => Promise<AddVerb>>> = {
  init: async () => (await import('./init.ts')).addInit,
  run: async () => (await import('./run.ts')).addRun,
  test: async () => (await import('./test.ts')).addTest,
  validate: async () => (await import('./validate.ts')).addValidate,
  deploy: async () => (await import('./deploy.ts')).addDeploy,
  exec: async () => (await import('./exec.ts')).addExec,
  destroy: async () => (await import('./destroy.ts')).addDestroy,
  serve: async () => (await import('./serve.ts')).addServe,
  inspect: async () => (await import('./inspect.ts')).addInspect,
  events: async () => (await import('./events.ts')).addEvents,
  at: async () => (await import('./at.ts')).addAt,
  verify: async () => (await import('./verify.ts')).addVerify,
  capture: async () => (await import('./capture.ts')).addCapture,
  explain: async () => (await import('./explain.ts')).addExplain,
  mac: async () => (await import('./mac.ts')).addMac,
  graph: async () => (await import('./graph.ts')).addGraph,
  report: async () => (await import('./report.ts')).addReport,
  fork: async () => (await import('./fork.ts')).addFork,
  sweep: async () => (await import('./sweep.ts')).addSweep,
  diff: async () => (await import('./diff.ts')).addDiff,
  bisect: async () => (await import('./bisect.ts')).addBisect,
  shrink: async () => (await import('./shrink.ts')).addShrink,
  inject: async () => (await import('./inject.ts')).addInject,
  replay: async () => (await import('./replay.ts')).addReplay,
  export: async () => (await import('./export.ts')).addExport,
  import: async () => (await import('./import.ts')).addImport,
  mcp: async () => (await import('./mcp.ts')).addMcp,
  bench: async () => (await import('./bench.ts')).addBench,
  schema: async () => (await import('./schema.ts')).addSchema,
  rule: async () => (await import('./rule.ts')).addRule,
  completion: async () => (await import('./completion.ts')).addCompletion,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
  complete: async () => {
    const { addComplete } = await import('./completion.ts');
    return (program) => addComplete(program, COMPLETED);
  },
};

/** What `complete` knows: the verbs that the help shows. */
const COMPLETED: CompletedVerbs = {
  names: [...Object.keys(VERBS).filter((name) => name !== 'complete'), 'help'],
  load: async (name) => (Object.hasOwn(VERBS, name) ? ((await createProgram([name])).commands[0] ?? null) : null),
};

/** The program, with all its verbs or some. */
export async function createProgram(names: readonly string[] = Object.keys(VERBS)): Promise<Command> {
  const verbs = await Promise.all(names.flatMap((name) => VERBS[name]?.() ?? []));
  const program = new Command('switchback')
    .description('A network lab that records its whole history: run it, look back, verify it, capture it.')
    .version(readVersion(), '-V, --version')
    .exitOverride()
    .configureOutput({ writeOut: writeText, writeErr: writeNote })
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false });
  for (const add of verbs) add(program);
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
    const [verb = ''] = args;
    const program = await createProgram(Object.hasOwn(VERBS, verb) ? [verb] : undefined);
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
