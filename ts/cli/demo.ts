/**
 * `npm run demo`: one failover from end to end, in a few seconds: run and record it, print its time line, look back, verify it
 * by re-execution, and write a capture. Running the demo again repeats everything.
 */
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EventLog } from '../log/event-log.ts';
import type { LabEvent, Position } from '../model/events/events.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import { neighboursFor } from '../model/state/neighbour-state.ts';
import { captureLab } from '../services/ask/capture-lab.ts';
import { stateAt } from '../services/ask/state-at.ts';
import { verifyLab } from '../services/ask/verify-lab.ts';
import { runLab } from '../services/living/run-lab.ts';
import { writeAtomically } from './atomic-file.ts';
import { EXIT, verdictOf } from './errors.ts';
import { readRunnable } from './lab-file.ts';
import { counted, note, paint, print, span } from './output.ts';
import { checkLines, flowTable } from './report-tables.ts';
import { withNewStore } from './store.ts';
import { timelineText } from './timeline.ts';

const DATA = join('.switchback', 'demo');
const CAPTURE = join(DATA, 'failover.pcapng');
/** Package root: two folders up from source, three from dist/ts/cli. */
const UP = import.meta.url.endsWith('.ts') ? '../../' : '../../../';
const LAB_FILE = fileURLToPath(new URL(`${UP}labs/ha-assigned-mac.lab.yml`, import.meta.url));

/** The neighbour entry that the demo follows. */
const CLIENT = 'client1';
const GATEWAY = '10.0.1.1';

async function demo(): Promise<void> {
  const startMs = performance.now();
  const path = relative('.', LAB_FILE);
  heading(`1. Run ${path}`);
  const file = await readRunnable(path);
  await withNewStore(DATA, async (log) => {
    const events = await runAndTell(log, file);
    await lookBack(log, file.name, events);
    await prove(log, file.name);
    await capture(log, file.name);
  });
  tellMore(file.name);
  print(`\nThe demo took ${span(Math.round(performance.now() - startMs) * 1e6)}.`);
}

async function runAndTell(log: EventLog, file: LabFile): Promise<readonly LabEvent[]> {
  const events: LabEvent[] = [];
  const startMs = performance.now();
  const { checks, flows, virtualTimeNs, position, chain } = await runLab(file, log, {
    replace: true,
    onEvent: (event) => void events.push(event),
  });
  const wall = span(Math.round(performance.now() - startMs) * 1e6);
  print(`${span(virtualTimeNs)} of virtual time in ${wall}: ${counted(position, 'event')}, chain ${chain.slice(0, 16)}…\n`);
  print(timelineText(events));
  print(`\n${flowTable(flows)}\n\n${checkLines(checks).join('\n')}`);
  if (checks.some(({ pass }) => !pass)) process.exitCode = EXIT.failed;
  return events;
}

/** The client's entry just before the event that moves it, and just after: from the log, with nothing running. */
async function lookBack(log: EventLog, lab: string, events: readonly LabEvent[]): Promise<void> {
  heading(`2. Look back: when did ${CLIENT} learn of the failover?`);
  const moved = events.find((event) => event.type === 'NeighbourUpdated' && event.data.node === CLIENT && event.data.old !== '');
  if (moved === undefined) return print(`no neighbour entry of ${CLIENT} moved in this run`);
  for (const position of [moved.position - 1, moved.position]) print(await entryAt(log, lab, position));
  print(paint('dim', `  (#${moved.position} was caused by #${moved.cause}, the gratuitous ARP)`));
}

async function entryAt(log: EventLog, lab: string, position: Position): Promise<string> {
  const { recorded } = await stateAt(log, lab, { position }, { derived: false });
  const mac = neighboursFor(recorded, CLIENT, GATEWAY)[0]?.mac ?? 'unknown';
  const owner = Object.entries(recorded.interfaces).find(([, { usedMac }]) => usedMac === mac)?.[0] ?? 'nobody';
  return `  at #${position}: ${CLIENT} has ${GATEWAY} at ${mac}, which is ${paint('strong', owner)}`;
}

async function prove(log: EventLog, lab: string): Promise<void> {
  heading('3. Verify: decide every event again from the recorded inputs alone');
  const result = await verifyLab(log, lab);
  if (result.verified) {
    print(
      `  ${paint('good', 'verified')}: ${counted(result.positions, 'event')} decided again, all identical; chain ${result.chain}`,
    );
    return;
  }
  print(`  ${paint('bad', 'DIVERGED')} at position ${result.position}: ${result.divergence.reason}`);
  process.exitCode = EXIT.damaged;
}

async function capture(log: EventLog, lab: string): Promise<void> {
  heading('4. Capture, after the fact');
  const request = { interfaces: ['fw1:eth1', 'fw2:eth1', 'client1:eth0'], fromNs: 29.9e9, toNs: 30.1e9 };
  const { frames, dropped } = await writeAtomically(CAPTURE, (write) => captureLab(log, lab, request, write));
  print(
    `  ${counted(frames, 'frame')} around the takeover, ${counted(dropped, 'drop')} with the reason of each as a comment: ${CAPTURE}`,
  );
}

function tellMore(lab: string): void {
  heading('Where to find everything, and what to try next');
  const rows = [
    ['the events', `npx switchback events ${lab} --data ${DATA}`],
    ['the state at a time', `npx switchback at ${lab}@25s --data ${DATA}`],
    ['the verification', `npx switchback verify ${lab} --data ${DATA}`],
    ['more frames', `npx switchback capture ${lab} --data ${DATA} --from 20s --to 21s -w crash.pcapng`],
    ['the capture', `tshark -r ${CAPTURE} -Y arp   (or open it in Wireshark)`],
    ['the other MAC option', `npx switchback run labs/ha-virtual-mac.lab.yml --timeline`],
  ];
  for (const [what = '', command = ''] of rows) print(`  ${what.padEnd(22)} ${paint('accent', command)}`);
}

function heading(text: string): void {
  print(`\n${paint('strong', text)}\n`);
}

try {
  await demo();
} catch (error) {
  const { exit, message } = verdictOf(error);
  note(`switchback: ${message}`);
  process.exitCode = exit;
}
