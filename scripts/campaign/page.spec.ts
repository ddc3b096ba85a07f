import { expect, test } from 'vitest';
import { outcomeOf, Tally } from './campaign.ts';
import { pageOf, summaryOf } from './page.ts';

const CIRCUMSTANCES = { seed: 3, seconds: 1234, node: 'v20.19.0', processors: 2 };

function outcome(name: string, spoil: (tally: Tally) => void) {
  const tally = new Tally();
  spoil(tally);
  return outcomeOf({ name, title: `what ${name} does` }, tally, 12);
}

const sound = outcome('kill-serve', (tally) => {
  tally.count('kills', 100);
  tally.acknowledged = 12_345;
  tally.chains = 4;
  tally.recoverMs.push(700, 900);
  tally.memory(150 * 2 ** 20);
});

test('the page has a row for each campaign, with all that was counted', () => {
  const page = pageOf([sound], CIRCUMSTANCES);
  expect(page).toContain('| kill-serve | 100 kills | 12,345 | 0 | 0 | 4 | 0.80 s, 0.90 s | 150 MiB | 0 |\n');
  expect(page).toContain('| `kill-serve` | what kill-serve does |\n');
  expect(page).toContain('seed 3, Node v20.19.0, 2 processors, 21 minutes');
  expect(page).not.toContain('Faults of this run');
});

test('the page shows faults, and that a campaign was skipped', () => {
  const broken = outcome('kill-run', (tally) => {
    for (let attempt = 1; attempt <= 22; attempt++) tally.fault(`kill ${attempt}`, 'Error: <x>\n    at y');
  });
  const skipped = outcome('kill-broker', (tally) => {
    tally.skipped = 'needs Java';
  });
  const page = pageOf([broken, skipped], CIRCUMSTANCES);
  expect(page).toContain('| kill-broker | skipped: needs Java |');
  expect(page).toContain('## Faults of this run\n\n`kill-run`:\n\n- kill 1: Error: &lt;x>\n');
  expect(page).toContain('- and 2 more');
});

test('what is printed says whether it held', () => {
  expect(summaryOf(sound)).toBe(
    'kill-serve: held: 100 kills; 12,345 commands acknowledged, 0 lost, 0 doubled; 4 chains compared; recovered in 0.80 s, 0.90 s (median, max); memory at most 150 MiB; 12 s',
  );
  expect(summaryOf(outcome('kill-run', (tally) => tally.fault('kill 1', 'x')))).toMatch(/^kill-run: 1 FAULTS: .*\n {2}kill 1: x$/);
});
