/**
 * npm run campaign -- NAME… | all: hostile conditions, repeated from a seed; what was acknowledged, lost, doubled, and how long it took
 * to recover.
 *
 *   npm run campaign -- kill-serve                  # one of them, in full
 *   npm run campaign -- all --short                 # a short form of each
 *   npm run campaign -- kill-exec --seed 7 --kills 5
 *   npm run campaign -- all --publish               # writes docs/reliability.md
 *
 * Needs `npm run build`. Exit code 1 when something was lost, doubled or otherwise wrong, 2 for a usage error.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type Campaign,
  FULL,
  holds,
  type Lane,
  type Outcome,
  outcomeOf,
  type Settings,
  SHORT,
  Tally,
} from './campaign/campaign.ts';
import { CAMPAIGNS } from './campaign/index.ts';
import { pageOf, summaryOf } from './campaign/page.ts';
import { BIN, ROOT } from './campaign/processes.ts';

const SEED = 1;
const LANES: readonly Lane[] = ['broker', 'store', 'input', 'soak'];
const PAGE = join(ROOT, 'docs/reliability.md');

const NUMBERS = ['seed', 'kills', 'zombies', 'inputs', 'damages', 'disturbances'] as const;

function usage(text: string): never {
  process.stderr.write(`${text}\ncampaigns: all, ${CAMPAIGNS.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function chosen(names: readonly string[]): readonly Campaign[] {
  if (names.length === 0) usage('which campaign?');
  if (names.includes('all')) return CAMPAIGNS;
  return names.map((name) => CAMPAIGNS.find((one) => one.name === name) ?? usage(`there is no campaign "${name}"`));
}

function numberOf(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  return usage(`--${name}: "${text}" is not a whole number`);
}

/** Runs one to its end, whatever becomes of it. */
async function outcome(campaign: Campaign, settings: Settings): Promise<Outcome> {
  const startMs = performance.now();
  const missing = campaign.missing?.() ?? null;
  let tally = new Tally();
  tally.skipped = missing;
  // A campaign that never runs proves nothing.
  if (missing !== null && (process.env['CI'] ?? '') !== '')
    tally.fault('the campaign', `skipped, and with CI set nothing may be: ${missing}`);
  if (missing === null) {
    say(`${campaign.name}: begins`);
    try {
      tally = await campaign.run(settings, (text) => say(`${campaign.name}: ${text}`));
    } catch (error) {
      tally.fault('the campaign', `could not go on: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  const result = outcomeOf(campaign, tally, (performance.now() - startMs) / 1000);
  process.stdout.write(`${summaryOf(result)}\n`);
  return result;
}

async function lane(campaigns: readonly Campaign[], settings: Settings): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const campaign of campaigns) outcomes.push(await outcome(campaign, settings));
  return outcomes;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
      'no-soak': { type: 'boolean', default: false },
      ...(Object.fromEntries(NUMBERS.map((name) => [name, { type: 'string' }])) as Record<
        (typeof NUMBERS)[number],
        { type: 'string' }
      >),
    },
  });
  if (!existsSync(BIN)) usage(`${BIN} is missing: run npm run build`);
  const numbers = Object.fromEntries(
    NUMBERS.flatMap((name) => (values[name] === undefined ? [] : [[name, numberOf(name, values[name])]])),
  );
  const settings: Settings = { seed: SEED, ...(values.short ? SHORT : FULL), ...numbers };
  const campaigns = chosen(positionals).filter((one) => !(values['no-soak'] && one.lane === 'soak'));
  if (values.publish && (values.short || campaigns.length < CAMPAIGNS.length))
    usage('--publish: only a full run of all is published');
  const startMs = performance.now();
  const lanes = await Promise.all(
    LANES.map((name) =>
      lane(
        campaigns.filter((one) => one.lane === name),
        settings,
      ),
    ),
  );
  const outcomes = campaigns.flatMap(({ name }) => lanes.flat().filter((one) => one.name === name));
  const seconds = (performance.now() - startMs) / 1000;
  const broken = outcomes.filter((one) => !holds(one));
  if (values.publish) {
    writeFileSync(
      PAGE,
      pageOf(outcomes, { seed: settings.seed, seconds, node: process.version, processors: availableParallelism() }),
    );
  }
  say(
    `${outcomes.length} campaigns in ${seconds.toFixed(0)} s, seed ${settings.seed}: ${broken.length === 0 ? 'all held' : `${broken.length} did not hold`}`,
  );
  return broken.length === 0 ? 0 : 1;
}

// Whoever ends a campaign ends what it started: that is done when the process exits.
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const)
  process.on(signal, () => process.exit(128 + number));
process.exit(await main());
