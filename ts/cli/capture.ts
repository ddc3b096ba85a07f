/** `switchback capture LAB [INTERFACE…] -w FILE`: the frames of a recorded lab as pcapng, by re-execution. */
import type { Command } from 'commander';
import type { CaptureRequest, CaptureSummary } from '../capture/lab-capture.ts';
import type { EventLog } from '../log/event-log.ts';
import { nanos } from '../values/nanos.ts';
import { refuseBeyond } from './at.ts';
import { writeAtomically } from './atomic-file.ts';
import { CliError, EXIT } from './errors.ts';
import { untilInterrupted } from './interruption.ts';
import { type DataOptions, dataOption, formatOption, timeOf } from './options.ts';
import { counted, note, print, printJson, writeResult } from './output.ts';
import { headOf, withStore } from './store.ts';

interface CaptureOptions extends DataOptions {
  readonly format: 'table' | 'json';
  readonly write: string;
  readonly from?: string;
  readonly to?: string;
  readonly drops?: boolean;
  readonly follow?: boolean;
}

export function addCapture(program: Command): void {
  program
    .command('capture')
    .summary('write the frames of a recorded lab as pcapng')
    .description(
      'Re-executes a recorded lab and writes the frames at its interfaces as pcapng: one interface per link end, virtual times in ' +
        'nanoseconds, and for every frame its verdict. Frames that were dropped have a comment with reason and causing event; so have ' +
        'frames that the lab decided to send, such as a gratuitous ARP.',
    )
    .argument('<lab>', 'name of a recorded lab')
    .argument('[interfaces...]', 'node:interface; default: all interfaces')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .requiredOption('-w, --write <file>', 'file to write, or - for standard output')
    .option('--from <time>', 'first virtual time, such as 1s')
    .option('--to <time>', 'last virtual time')
    .option('--drops', 'only frames that were dropped')
    .option('--follow', 'go on with the frames to come, until Ctrl-C (needs -w -)')
    .action(capture);
}

async function capture(lab: string, interfaces: readonly string[], options: CaptureOptions): Promise<void> {
  const fromNs = options.from === undefined ? 0 : timeOf(options.from, '--from');
  const toNs = options.to === undefined ? Number.MAX_SAFE_INTEGER - 1 : timeOf(options.to, '--to');
  if (fromNs > toNs) throw new CliError(EXIT.usage, `--from ${options.from} is after --to ${options.to}`);
  const toStdout = options.write === '-';
  if (toStdout && process.stdout.isTTY === true) {
    throw new CliError(EXIT.usage, 'a capture is binary: pipe it on, as in "-w - | wireshark -k -i -", or name a file');
  }
  if (options.follow === true && !toStdout)
    throw new CliError(EXIT.usage, '--follow needs -w -: a file appears complete or not at all');
  const request = { interfaces, fromNs, toNs, dropsOnly: options.drops === true };
  const summary = await withStore(options.data, async (log, snapshots) => {
    if (options.follow === true) return follow(log, lab, request);
    await refuseBeyond(log, lab, { atNs: nanos(fromNs) }, snapshots);
    const { captureLab } = await import('../services/ask/capture-lab.ts');
    const into = (write: (chunk: Uint8Array) => void) => captureLab(log, lab, request, write);
    return toStdout ? into(writeResult) : writeAtomically(options.write, into);
  });
  if (options.format === 'json' && !toStdout) printJson({ lab, file: options.write, ...summary });
  else (toStdout ? note : print)(summaryText(options.write, summary));
}

async function follow(log: EventLog, lab: string, request: CaptureRequest): Promise<CaptureSummary> {
  await headOf(log, lab);
  const { followCapture } = await import('../services/ask/follow-capture.ts');
  return untilInterrupted((signal) => followCapture(log, lab, request, signal, writeResult));
}

function summaryText(file: string, { frames, dropped, interfaces }: CaptureSummary): string {
  const where = file === '-' ? 'written' : `written to ${file}`;
  const next = file === '-' ? '' : `\nnext   tshark -r ${file} -Y frame.comment -T fields -e frame.time_relative -e frame.comment`;
  return `${counted(frames, 'frame')}, ${counted(dropped, 'drop')}, ${counted(interfaces.length, 'interface')} ${where}${next}`;
}
