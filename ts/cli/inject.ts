/** `switchback inject LAB NODE:INTERFACE FILE`: the frames of a capture into a recorded lab, from its end on. */
import { isAbsolute, join } from 'node:path';
import type { Command } from 'commander';
import type { TimedFrame } from '../capture/pcap.ts';
import { toHex } from '../model/events/chain.ts';
import type { DriveResult } from '../services/engine/drive.ts';
import { CliError, EXIT } from './errors.ts';
import { readInput } from './input-file.ts';
import { type DataOptions, dataOption, formatOption, timeOf } from './options.ts';
import { count, counted, note, paint, print, printJson, span } from './output.ts';
import { headOf, refuseMirror, withStore } from './store.ts';
import { table } from './table.ts';

interface InjectOptions extends DataOptions {
  readonly format: 'table' | 'json';
  readonly settle: string;
  readonly partial?: boolean;
}

export function addInject(program: Command): void {
  program
    .command('inject')
    .summary('send the frames of a capture into a recorded lab')
    .description(
      'Sends the frames of a pcap or pcapng file into a recorded lab, as if they arrived at an interface by its link. They begin at ' +
        "the end of the lab's history and keep their distances in time. They are recorded, so verify covers them.",
    )
    .argument('<lab>', 'name of a recorded lab')
    .argument('<interface>', 'node:interface that receives the frames')
    .argument('<file>', 'pcap or pcapng file')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .option('--settle <time>', 'how long the lab runs on after the last frame', '1s')
    .option('--partial', 'inject the readable frames of a damaged file')
    .action(inject);
}

async function inject(lab: string, at: string, path: string, options: InjectOptions): Promise<void> {
  const settleNs = timeOf(options.settle, '--settle');
  if (!/^[^:]+:[^:]+$/.test(at)) throw new CliError(EXIT.usage, `"${at}" is not an interface; expected NODE:INTERFACE`);
  refuseMirror(options.data);
  const frames = await readFrames(path, options.partial === true);
  const result = await withStore(options.data, async (log) => {
    await headOf(log, lab);
    const { injectFrames } = await import('../services/ask/inject-frames.ts');
    const timed = frames.map(({ at: atNs, bytes }) => ({ atNs, bytes }));
    return injectFrames(log, lab, { at, frames: timed, settleNs });
  });
  const report = reportOf(lab, at, frames.length, result);
  if (options.format === 'json') printJson(report);
  else print(reportText(report, options.data, lab));
  if (!report.frames.holds || report.nodes.some(({ conserved }) => !conserved)) process.exitCode = EXIT.failed;
}

async function readFrames(path: string, takesPart: boolean): Promise<readonly TimedFrame[]> {
  const { readCapture } = await import('../capture/pcap.ts');
  const { frames, clampedCount, problem } = readCapture(readInput(path));
  if (problem !== null && (frames.length === 0 || !takesPart)) {
    const hint = frames.length === 0 ? '' : `; --partial injects the ${counted(frames.length, 'frame')} before the damage`;
    throw new CliError(EXIT.usage, `${path}: ${problem.message}${hint}`);
  }
  if (frames.length === 0) throw new CliError(EXIT.usage, `${path}: the capture holds no frames`);
  if (problem !== null) note(`${path}: ${problem.message}; injecting the ${counted(frames.length, 'frame')} before the damage`);
  if (clampedCount > 0)
    note(`${path}: ${counted(clampedCount, 'frame')} out of order in time; each is sent right after the one before it`);
  const cut = frames.filter(({ bytes, originalLength }) => bytes.length < originalLength).length;
  if (cut > 0) note(`${path}: ${counted(cut, 'frame')} captured only in part; only the captured bytes are sent`);
  return frames;
}

function reportOf(lab: string, at: string, injected: number, result: DriveResult) {
  const { position, chain, horizonNs, frames, before, nodes, drops } = result;
  return {
    lab,
    interface: at,
    injected,
    delivered: frames.delivered - before.delivered,
    consumed: frames.consumed - before.consumed,
    dropped: frames.dropped - before.dropped,
    inFlight: frames.inFlight,
    drops,
    frames,
    nodes,
    position,
    chain: toHex(chain),
    virtualTimeNs: horizonNs,
  };
}

function reportText(report: ReturnType<typeof reportOf>, data: string, lab: string): string {
  const { injected, interface: at, delivered, consumed, dropped, inFlight, drops, nodes, position, chain, virtualTimeNs } = report;
  const broken = nodes.filter(({ conserved }) => !conserved).map(({ node }) => node);
  const held =
    broken.length === 0 ? paint('good', `holds at each of ${nodes.length} nodes`) : paint('bad', `FAILS at ${broken.join(', ')}`);
  const parts = [
    `${counted(injected, 'frame')} into ${at}; the lab ran on to ${span(virtualTimeNs)} of virtual time`,
    `since then: ${count(delivered)} delivered, ${count(consumed)} consumed, ${count(dropped)} dropped, ${count(inFlight)} in flight`,
    ...(drops.length === 0
      ? []
      : [
          table(
            ['dropped at', 'reason', { head: 'frames', align: 'right' }],
            drops.map((drop) => [drop.at, drop.reason, count(drop.frames)]),
          ),
        ]),
    `conservation of frames ${held}`,
    `log    ${isAbsolute(data) ? data : join(data, '/')} (lab ${lab}, position ${position})\nchain  ${chain}`,
  ];
  return parts.join('\n\n');
}
