/** docs/reliability.md, and what is printed of a campaign: both say only what was counted. */
import { holds, type Outcome } from './campaign.ts';

const MIB = 2 ** 20;
/** Faults that are shown of one campaign. */
const SHOWN = 20;

export interface Circumstances {
  readonly seed: number;
  readonly seconds: number;
  readonly node: string;
  readonly processors: number;
}

function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

function secondsOf(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

function cells(outcome: Outcome): readonly string[] {
  const { name, done, acknowledged, lost, doubled, chains, recoverMs, memoryBytesMax, faultCount, skipped } = outcome;
  if (skipped !== null) return [name, `skipped: ${skipped}`, '', '', '', '', '', '', ''];
  return [
    name,
    done.map(([what, number]) => `${count(number)} ${what}`).join(', '),
    acknowledged === null ? '' : count(acknowledged),
    acknowledged === null ? '' : count(lost),
    acknowledged === null ? '' : count(doubled),
    chains === 0 ? '' : count(chains),
    recoverMs === null ? '' : `${secondsOf(recoverMs.median)}, ${secondsOf(recoverMs.max)}`,
    memoryBytesMax === 0 ? '' : `${count(Math.round(memoryBytesMax / MIB))} MiB`,
    count(faultCount),
  ];
}

/** One campaign in a few lines, as it is printed when it ends. */
export function summaryOf(outcome: Outcome): string {
  const [, done, acknowledged, lost, doubled, chains, recover, memory] = cells(outcome);
  if (outcome.skipped !== null) return `${outcome.name}: ${done}`;
  const parts = [
    done,
    ...(acknowledged === '' ? [] : [`${acknowledged} commands acknowledged, ${lost} lost, ${doubled} doubled`]),
    ...(chains === '' ? [] : [`${chains} chains compared`]),
    ...(recover === '' ? [] : [`recovered in ${recover} (median, max)`]),
    ...(memory === '' ? [] : [`memory at most ${memory}`]),
    `${outcome.seconds.toFixed(0)} s`,
  ];
  const head = `${outcome.name}: ${holds(outcome) ? 'held' : `${count(outcome.faultCount)} FAULTS`}: ${parts.join('; ')}`;
  return [head, ...outcome.faults.slice(0, SHOWN).map((fault) => `  ${fault.replaceAll('\n', '\n    ')}`)].join('\n');
}

const HEAD = [
  'campaign',
  'done',
  'acknowledged',
  'lost',
  'doubled',
  'chains compared',
  'time to recover: median, max',
  'memory max',
  'faults',
];
const ALIGN = ['---', '---', '---:', '---:', '---:', '---:', '---:', '---:', '---:'];

export function pageOf(outcomes: readonly Outcome[], { seed, seconds, node, processors }: Circumstances): string {
  const row = (parts: readonly string[]): string => `| ${parts.map((part) => part.replaceAll('|', '\\|')).join(' | ')} |`;
  const minutes = Math.round(seconds / 60);
  const broken = outcomes.filter((one) => !holds(one));
  return `${[
    '<!-- Written by npm run campaign -- all --publish. Do not edit. -->',
    '',
    '# Reliability',
    '',
    `One run of all campaigns: seed ${seed}, Node ${node}, ${processors} processors, ${minutes} minutes. A campaign repeats hostile conditions from a seed and`,
    'counts what became of the work. `npm run campaign -- NAME` repeats one of them, `--seed` chooses another seed.',
    '',
    row(HEAD),
    row(ALIGN),
    ...outcomes.map((one) => row(cells(one))),
    '',
    ...TEXT,
    '',
    '## The campaigns',
    '',
    '| campaign | what is done |',
    '| --- | --- |',
    ...outcomes.map(({ name, title }) => row([`\`${name}\``, title])),
    ...(broken.length === 0 ? [] : ['', '## Faults of this run', '', ...broken.flatMap(faultLines)]),
  ].join('\n')}\n`;
}

const TEXT = [
  '- **Acknowledged**: commands that were answered as carried out or refused. **Lost**: acknowledged and not in the log. **Doubled**: with',
  '  more than one effect. Who gets no answer asks again with the same id.',
  '- **Chains compared**: at the end, the chain of each lab is compared with that of a lab that was told the same and that nothing disturbed.',
  '- **Time to recover**: from the disturbance until every lab has answered a request that was sent after it, restart included.',
  '- **Memory max**: most that one process had resident.',
  '- **Faults**: what is lost or doubled, a chain that differs, a stack trace, a status of 500 or above (but 503 with `Retry-After`), an',
  '  exit code that is not documented, a file that takes more than 3 s of processor time or 300 MB, memory that grows in the soak.',
];

function faultLines({ name, faults, faultCount }: Outcome): string[] {
  const more = faultCount > faults.length ? [`- and ${count(faultCount - faults.length)} more`] : [];
  return [`\`${name}\`:`, '', ...faults.map((fault) => `- ${(fault.split('\n')[0] ?? '').replaceAll('<', '&lt;')}`), ...more, ''];
}
