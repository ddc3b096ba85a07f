/** `npm start`, as somebody new uses it: the address that it prints, and clicks. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openerOn, pageIn } from '../../scripts/start.ts';
import { needs } from '../needs.ts';
import { openBrowser, watched } from './browser.ts';

/** "to the reason of the first lost frame in at most four clicks". */
const CLICKS_MAX = 4;

describe('npm start', () => {
  test('opens a browser where there is a desktop, and none where there is not', () => {
    expect(openerOn('linux', { DISPLAY: ':0' })).toEqual(['xdg-open']);
    expect(openerOn('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toEqual(['xdg-open']);
    expect(openerOn('linux', {})).toBe(null);
    expect(openerOn('darwin', {})).toEqual(['open']);
  });

  test('opens the lab itself, not the list of labs', () => {
    expect(pageIn('the page is http://127.0.0.1:7788/page/index.html')).toBe(
      'http://127.0.0.1:7788/page/index.html#/ha-assigned-mac',
    );
    expect(pageIn('listening on http://127.0.0.1:7788')).toBe(null);
  });
});

needs('chromium')('from npm start', () => {
  const place = mkdtempSync(join(tmpdir(), 'switchback-start-'));
  let started: ChildProcess;
  let browser: Browser;
  let address: string;
  beforeAll(async () => {
    const args = ['--import', 'tsx', 'scripts/start.ts', '--no-open', '--listen', '127.0.0.1:0', '--data', place];
    started = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    [browser, address] = await Promise.all([openBrowser(), addressOf(started)]);
  });
  afterAll(async () => {
    await browser?.close();
    if (started.exitCode === null && started.signalCode === null) {
      const ended = once(started, 'exit');
      started.kill('SIGTERM');
      await ended;
    }
    rmSync(place, { recursive: true, force: true });
  });

  test(`the reason of the first lost frame is at most ${CLICKS_MAX} clicks away`, async () => {
    const { page, faults } = await watched(browser, (asked) => asked.startsWith(new URL(address).origin));
    let clicks = 0;
    const click = async (role: 'button' | 'tab', name: RegExp): Promise<void> => {
      clicks++;
      await page.getByRole(role, { name }).click();
    };
    await page.goto(address);
    await click('button', /^First event/);
    await click('button', /^Next drop/);
    await click('tab', /^Why/);
    const because = page.getByRole('list', { name: 'Because, nearest first' });
    await expect.poll(() => because.textContent()).toContain('HA initial -> passive (election-lost)');
    await expect.poll(() => page.locator('.why h2').textContent()).toMatch(/ha-not-active: frame \d+, /);
    expect(clicks).toBeLessThanOrEqual(CLICKS_MAX);
    expect(faults).toEqual([]);
  });
});

/** The address of the page, once it is printed. */
async function addressOf(started: ChildProcess): Promise<string> {
  const lines: string[] = [];
  const { stderr } = started;
  if (stderr === null) throw new Error('it prints nothing');
  for await (const line of createInterface({ input: stderr })) {
    const [, page] = /^the page is (\S+)$/.exec(line) ?? [];
    if (page !== undefined) return page;
    lines.push(line);
  }
  throw new Error(`npm start ended without an address:\n${lines.join('\n')}`);
}
