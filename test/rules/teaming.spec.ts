/**
 * Uplinks of a vSwitch as a team: failback, and who is told. The lab is labs/uplink-team.lab.yml:
 *
 *   10 s up1 loses its cable      20 s up1 is back      25 s up2 loses its cable
 */
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { seconds } from '../support/lab.ts';
import { givenFile } from '../support/lab-file.ts';
import { everyFrameIsAccountedFor, type Run } from '../support/run.ts';

afterEach(everyFrameIsAccountedFor);

const FILE = readFileSync('labs/uplink-team.lab.yml', 'utf8');

function team(setting = ''): Run {
  const run = givenFile(FILE.replace('uplinks: [up1, up2]', `uplinks: [up1, up2]\n      ${setting}`));
  run.until(seconds(10)).command('link down vsw1:up1').until(seconds(20)).command('link up vsw1:up1').until(seconds(25));
  return run.command('link down vsw1:up2').until(seconds(28));
}

function changes(run: Run): string[] {
  return run.said('UplinkChanged').map(({ atNs, data }) => `${atNs / 1e9} s ${data.from} to ${data.to}`);
}

test('NOT-01: without failback the uplink that took over stays active until it loses carrier itself', () => {
  expect(changes(team())).toEqual(['10 s up1 to up2', '20 s up2 to up1']);
  const run = team('failback: off');
  expect(changes(run)).toEqual(['10 s up1 to up2', '25 s up2 to up1']);
  expect(run.said('SwitchNotifySent').map(({ atNs, data }) => `${atNs / 1e9} s ${data.uplink}`)).toEqual([
    '10 s up2',
    '10 s up2',
    '25 s up1',
    '25 s up1',
  ]);
});

test('NOT-01: without notify-switches nobody is told, and the switch sends to the dead uplink until a guest speaks', () => {
  const run = team('notify-switches: off');
  expect(run.said('SwitchNotifySent')).toEqual([]);
  expect(changes(run)).toEqual(changes(team()));
  // At 20 s the physical switch still believes the guests behind up2: the standby uplink takes nothing for them.
  expect(run.dropped('vsw1:up2', 'reverse-path')).toBeGreaterThan(team().dropped('vsw1:up2', 'reverse-path') + 10);
});
