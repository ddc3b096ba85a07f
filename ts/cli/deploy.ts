/** `switchback deploy FILE`: starts a living lab, which `exec` changes from then on. */
import type { Command } from 'commander';
import { scriptSteps } from '../engine/script.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import type { CommandOutcome } from '../services/living/lab-commands.ts';
import { parsePace } from '../values/quantities.ts';
import { CliError, EXIT } from './errors.ts';
import { readRunnable } from './lab-file.ts';
import { addLivingOptions, type LivingOptions, tellOutcome, withLivingLabs } from './living.ts';
import { type LivingLabs, withId } from './living-labs.ts';
import { formatOption } from './options.ts';
import { note } from './output.ts';

interface Options extends LivingOptions {
  readonly format: 'table' | 'json';
  readonly pace?: string;
  readonly replace?: boolean;
  readonly play?: boolean;
}

export function addDeploy(program: Command): void {
  const verb = program
    .command('deploy')
    .summary('start a living lab')
    .description(
      'Starts a living lab. Its virtual time advances only by "exec LAB step 5s", or follows the clock with --pace while a server ' +
        'runs it. The steps of the file run only with --play; its checks only with "run".',
    )
    .argument('<file>', 'lab file (*.lab.yml)');
  addLivingOptions(verb)
    .addOption(formatOption('table', 'json'))
    .option('--pace <factor>', 'virtual seconds per second, such as 1x or 0.1x')
    .option('--replace', 'forget an earlier lab of the same name')
    .option('--play', 'run the steps of the file to its end')
    .action(deploy);
}

async function deploy(path: string, options: Options): Promise<void> {
  const pacePermille = options.pace === undefined ? 0 : paceOf(options.pace);
  if (options.play === true && pacePermille > 0) {
    throw new CliError(
      EXIT.usage,
      '--play and --pace exclude each other: one runs the steps in virtual time, the other follows the clock',
    );
  }
  const file = await readRunnable(path);
  await withLivingLabs(options, true, async (labs) => {
    const replace = options.replace === true;
    let outcome = await labs.deploy(file, { path, pacePermille, replace, ...withId(options.id) });
    if (options.play === true) outcome = await play(labs, file, outcome);
    await tellOutcome(file.name, outcome, options.format);
  });
  if (options.format === 'table') {
    const next = pacePermille > 0 ? 'its time follows the clock' : `"switchback exec ${file.name} step 1s" advances its time`;
    note(`${file.name} is deployed; ${next}`);
  }
}

/** @throws CliError */
function paceOf(text: string): number {
  const permille = parsePace(text);
  if (permille !== null) return permille;
  throw new CliError(EXIT.usage, `--pace: "${text}" is not a pace; expected one from 0.001x to 1000x, such as 1x or 0.5x`);
}

/** The file's steps, each when it is due, and time up to the file's end. */
async function play(labs: LivingLabs, file: LabFile, deployed: CommandOutcome): Promise<CommandOutcome> {
  let outcome = deployed;
  for (const text of scriptSteps(file.script)) outcome = await labs.execute(file.name, text);
  return outcome;
}
