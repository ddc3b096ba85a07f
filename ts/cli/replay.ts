/** `switchback replay --wasm FILE | --build DIR`: recorded labs and bundles on another build, and what that build decides differently. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { LogRecord } from '../model/events/record.ts';
import type { Engines } from '../services/ask/verify-lab.ts';
import type { Replayed } from '../services/bundle/replay-on.ts';
import { textOf, whoOf } from '../services/publish/describe-event.ts';
import { formatSeconds } from '../values/nanos.ts';
import { isBundle } from './bundle-name.ts';
import { asUsage, CliError, EXIT } from './errors.ts';
import { type DataOptions, dataOption, formatOption } from './options.ts';
import { counted, paint, print, printJson } from './output.ts';
import { headOf, withStore } from './store.ts';

interface ReplayOptions extends DataOptions {
  readonly format: 'table' | 'json';
  readonly wasm?: string;
  readonly build?: string;
}

interface ReplayedLab extends Replayed {
  readonly lab: string;
  /** The bundle; null for a lab of the store. */
  readonly file: string | null;
}

export function addReplay(program: Command): void {
  program
    .command('replay')
    .summary('play recorded labs on another build, and list what it decides differently')
    .description(
      'Plays the recorded inputs of labs on another build of Switchback, or around another data plane, and lists every decision that ' +
        'comes out differently: its position, what it was, what it is. Exits with 3 when there is one.',
    )
    .argument('[labs...]', 'recorded labs, bundles (*.sbk) or folders of bundles; default: all recorded labs')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .option('--build <dir>', 'folder of another build: a checkout, or node_modules/switchback-lab; its code runs here')
    .option('--wasm <file>', 'another data plane, as WebAssembly, under the agents of this build')
    .action(replay);
}

async function replay(labs: readonly string[], options: ReplayOptions): Promise<void> {
  const build = await buildOf(options);
  const { bundles, names } = sorted(labs);
  const replayed: ReplayedLab[] = [];
  for (const file of bundles) replayed.push(await replayBundle(build, file));
  if (names.length > 0 || labs.length === 0) {
    await withStore(options.data, async (log) => {
      const { readAll } = await import('../services/ask/state-at.ts');
      const { replayOn } = await import('../services/bundle/replay-on.ts');
      for (const lab of names.length > 0 ? names : await log.labs()) {
        await headOf(log, lab);
        replayed.push({ lab, file: null, ...replayOn(build, await readAll(log, lab)) });
      }
    });
  }
  if (options.format === 'json') await tellJson(build, replayed);
  else for (const one of replayed) print(replayedText(one));
  if (replayed.some(({ same }) => !same)) process.exitCode = EXIT.warnings;
}

async function buildOf({ wasm, build }: ReplayOptions): Promise<Engines> {
  if ((wasm === undefined) === (build === undefined)) throw new CliError(EXIT.usage, 'expected one of --build DIR and --wasm FILE');
  const { buildIn, buildOfWasm } = await import('../services/bundle/replay-on.ts');
  try {
    return wasm === undefined ? await buildIn(build ?? '') : buildOfWasm(wasm);
  } catch (error) {
    return asUsage(error, wasm === undefined ? '--build: ' : '--wasm: ');
  }
}

/** Which arguments are bundles, and which are labs. @throws CliError for a folder without bundles */
function sorted(labs: readonly string[]): { readonly bundles: readonly string[]; readonly names: readonly string[] } {
  const bundles: string[] = [];
  const names: string[] = [];
  for (const one of labs) {
    if (isBundle(one)) bundles.push(one);
    else if (statSync(one, { throwIfNoEntry: false })?.isDirectory() === true) bundles.push(...bundlesIn(one));
    else names.push(one);
  }
  return { bundles, names };
}

function bundlesIn(folder: string): string[] {
  const files = readdirSync(folder).filter(isBundle).sort();
  if (files.length === 0) throw new CliError(EXIT.usage, `${folder} has no bundles (*.sbk)`);
  return files.map((file) => join(folder, file));
}

async function replayBundle(build: Engines, file: string): Promise<ReplayedLab> {
  const [{ openBundle }, { bundlePieces }, { replayOn }] = await Promise.all([
    import('./bundle-input.ts'),
    import('../services/bundle/file/bundle-file.ts'),
    import('../services/bundle/replay-on.ts'),
  ]);
  let lab = '';
  const records: LogRecord[] = [];
  for await (const piece of bundlePieces(openBundle(file))) {
    if (piece.kind === 'manifest') lab = piece.manifest.lab;
    else if (piece.kind === 'records') for (const record of piece.records) records.push(record);
  }
  return { lab, file, ...replayOn(build, records) };
}

async function tellJson({ identity }: Engines, replayed: readonly ReplayedLab[]): Promise<void> {
  const { publishEvent } = await import('../services/publish/publish-event.ts');
  const told = (event: Parameters<typeof publishEvent>[0] | null) => (event === null ? null : publishEvent(event));
  const labs = replayed.map(({ changes, ...rest }) => ({
    ...rest,
    changes: changes.map(({ position, was, is }) => ({ position, was: told(was), is: told(is) })),
  }));
  printJson({ engine: identity, labs });
}

function replayedText({ lab, file, positions, same, changes, firstPosition, failure }: ReplayedLab): string {
  const name = file ?? lab;
  if (same) return `${paint('good', 'same')}  ${name}: ${counted(positions, 'event')}, all decided alike`;
  const line = (mark: string, event: Replayed['changes'][number]['was']): string =>
    event === null
      ? `  ${mark} nothing`
      : `  ${mark} #${event.position}  ${formatSeconds(event.atNs)}  ${event.type}  ${whoOf(event)}  ${textOf(event)}`;
  const lines = changes.flatMap(({ was, is }) => [paint('bad', line('-', was)), paint('good', line('+', is))]);
  const counts = changes.length === 0 && failure === null ? ['  only counts, or when they were taken, differ'] : [];
  const failed = failure === null ? [] : [`  the other build failed ${failure}`];
  const head = `${paint('bad', 'CHANGED')}  ${name}: ${counted(changes.length, 'decision')}, from position ${firstPosition ?? positions}`;
  return [head, ...lines, ...counts, ...failed].join('\n');
}
