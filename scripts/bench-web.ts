/**
 * npm run bench:web [-- --events 1000000 --nodes 500] [-- --keep FOLDER] [-- -f json]: what the page takes in Chromium: size, first picture, frames while people
 * scrub and pan, derived state, memory. Labs are kept in the folder and used again: to run a million events takes minutes. It prints figures beside the aims; what a machine's load makes of them decides nothing.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import type { WatchedPage } from '../test/web/browser.ts';
import { prove, SinglePage } from '../test/web/single-page.ts';
import { table } from '../ts/cli/table.ts';
import { eventsIn, pingingLab, ran, storeBundle } from './bench-web/labs.ts';
import { heapOf, processBytesOf } from './bench-web/memory.ts';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    nodes: { type: 'string', default: '500' },
    keep: { type: 'string' },
    format: { type: 'string', short: 'f', default: 'table' },
  },
});
/** Derived state is measured on a lab of so many nodes and events. */
const SMALL = { nodes: 50, events: 20_000 };
const RESTS = 15;
/** Frames of one gesture. */
const FRAMES = 240;
const HANGS_MS = 1_200_000;
/** A lab with fewer of the events that were asked for is not what the figures are said of. */
const EVENTS_SHARE_MIN = 0.95;
const MB = 2 ** 20;

interface Figure {
  readonly what: string;
  readonly is: string;
  readonly aim: string;
}

/** A page as the tests open it. What runs TypeScript here names functions by a helper, which a page does not have. */
async function opened(single: SinglePage): Promise<WatchedPage> {
  const one = await single.open();
  await one.page.evaluate('globalThis.__name = (one) => one');
  return one;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** A lab's bundle in a file, made where no run kept it. @throws Error when the lab has fewer events than were asked for */
async function bundleFile(
  place: string,
  nodes: number,
  asked: number,
): Promise<{ readonly file: string; readonly events: number }> {
  const file = join(place, `${nodes}-nodes-${asked}-events.sbk`);
  const events = existsSync(file) ? await eventsIn(file) : await runInto(file, nodes, asked);
  say(`${events} events, ${Math.round(statSync(file).size / MB)} MB`);
  if (events < EVENTS_SHARE_MIN * asked) throw new Error(`the lab has ${events} events; expected about ${asked}`);
  return { file, events };
}

async function runInto(file: string, nodes: number, events: number): Promise<number> {
  say(`running a lab of ${nodes} nodes and about ${events} events`);
  const lab = ran(pingingLab(nodes, events));
  await storeBundle(file, `pinging-${nodes}`, lab);
  return lab.records.length;
}

/** From the choice of the file to the first time line, ms; the clock is the page's. */
async function firstPaint(page: Page, file: string): Promise<number> {
  await page.evaluate(() => {
    const marks = globalThis as unknown as { chosenMs: number; paintedMs: number };
    document.addEventListener('change', () => (marks.chosenMs = performance.now()), { capture: true, once: true });
    const look = (): void => {
      if (document.querySelector('.timeline canvas') === null) requestAnimationFrame(look);
      // Drawn in the next frame, and seen behind it.
      else requestAnimationFrame(() => requestAnimationFrame(() => (marks.paintedMs = performance.now())));
    };
    look();
  });
  await page.locator('#file').setInputFiles(file);
  await page.waitForFunction(() => 'paintedMs' in globalThis, undefined, { timeout: HANGS_MS });
  return page.evaluate(() => {
    const { chosenMs, paintedMs } = globalThis as unknown as { chosenMs: number; paintedMs: number };
    return paintedMs - chosenMs;
  });
}

/** Length of each frame while something is done in each of them, ms. */
function framesWhile(page: Page, gesture: 'scrub' | 'pan' | 'nothing'): Promise<number[]> {
  return page.evaluate(
    async ([what, count]) => {
      const box = document.querySelector('.timeline') as HTMLElement;
      const { left, top, width, height } = box.getBoundingClientRect();
      const pointer = (type: string, x: number): void => {
        const place = { clientX: x, clientY: top + height / 2, bubbles: true, pointerId: 1, isPrimary: true };
        try {
          box.dispatchEvent(new PointerEvent(type, place));
        } catch {
          // A pointer that no hand moves cannot be captured; its events arrive all the same.
        }
      };
      const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
      if (what === 'scrub') pointer('pointerdown', left + width / 4);
      if (what === 'pan')
        for (let i = 0; i < 6; i++) document.dispatchEvent(new KeyboardEvent('keydown', { key: 'w', bubbles: true }));
      const lengths: number[] = [];
      let before = await frame();
      for (let i = 0; i < count; i++) {
        const part = 0.2 + 0.75 * Math.abs(((2 * i) / count) % 2 > 1 ? 2 - (2 * i) / count : (2 * i) / count);
        if (what === 'scrub') pointer('pointermove', left + width * part);
        if (what === 'pan')
          box.dispatchEvent(new WheelEvent('wheel', { deltaX: i < count / 2 ? 40 : -40, bubbles: true, cancelable: true }));
        const now = await frame();
        lengths.push(now - before);
        before = now;
      }
      if (what === 'scrub') pointer('pointerup', left + width / 2);
      return lengths;
    },
    [gesture, FRAMES] as const,
  );
}

/** From the move of the cursor, with its rest, to derived state in the document, ms: the longest of some. */
async function derivedAfterRest(page: Page): Promise<number> {
  const end = Number(/of (\d+)/.exec((await page.locator('.moment').textContent()) ?? '')?.[1]);
  const times: number[] = [];
  for (let rest = 1; rest <= RESTS; rest++) {
    const position = Math.round((end * (2 * rest - 1)) / (2 * RESTS));
    times.push(
      await page.evaluate(async (to) => {
        const input = document.getElementById('go-to') as HTMLInputElement;
        input.value = `#${to}`;
        const movedMs = performance.now();
        input.form?.requestSubmit();
        const isDerived = (): boolean =>
          document.querySelector('.at')?.textContent === `At #${to}` &&
          ![...document.querySelectorAll('[role=status]')].some((one) => /^Re-executing/.test(one.textContent ?? ''));
        for (let seen = 0; seen < 2; ) {
          await new Promise((resolve) => requestAnimationFrame(resolve));
          seen = isDerived() ? seen + 1 : 0;
        }
        return performance.now() - movedMs;
      }, position),
    );
  }
  return Math.max(...times);
}

function percentile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

function gestureFigures(what: string, lengths: readonly number[]): Figure[] {
  return [
    { what: `${what}: frames per second, median`, is: (1000 / percentile(lengths, 0.5)).toFixed(1), aim: '>= 55' },
    { what: `${what}: length of a frame, 95th percentile, ms`, is: percentile(lengths, 0.95).toFixed(1), aim: '<= 34' },
  ];
}

async function measure(place: string, single: SinglePage): Promise<Figure[]> {
  const figures: Figure[] = [
    { what: 'size, compressed, KiB', is: (gzipSync(single.html, { level: 9 }).length / 1024).toFixed(0), aim: '<= 250' },
  ];
  const small = await bundleFile(place, SMALL.nodes, SMALL.events);
  const large = await bundleFile(place, Number(values.nodes), Number(values.events));
  const one = await opened(single);
  await prove(one, readFileSync(small.file));
  figures.push({
    what: `derived state on ${SMALL.nodes} nodes after the cursor moved, longest of ${RESTS}, ms`,
    is: (await derivedAfterRest(one.page)).toFixed(0),
    aim: '<= 420: it rests 120, then 300',
  });
  await one.page.context().close();
  const two = await opened(single);
  const { page } = two;
  const name = `${large.events} events, ${values.nodes} nodes`;
  figures.push({ what: `${name}: first picture, ms`, is: (await firstPaint(page, large.file)).toFixed(0), aim: '<= 2000' });
  const begunMs = performance.now();
  await page.locator('.moment', { hasText: `of ${large.events}` }).waitFor({ timeout: HANGS_MS });
  await page.getByText('so far').waitFor({ state: 'detached', timeout: HANGS_MS });
  figures.push({ what: `${name}: all read, s`, is: ((performance.now() - begunMs) / 1000).toFixed(1), aim: '' });
  figures.push(...gestureFigures('the page at rest', await framesWhile(page, 'nothing')));
  figures.push(...gestureFigures('scrub', await framesWhile(page, 'scrub')));
  figures.push(...gestureFigures('pan', await framesWhile(page, 'pan')));
  say('waiting for the proof');
  await page.locator('.badge.proven').waitFor({ timeout: HANGS_MS });
  figures.push({ what: `${name}: all proven, s`, is: ((performance.now() - begunMs) / 1000).toFixed(1), aim: '' });
  figures.push({
    what: 'heap with snapshots, workers and WebAssembly included, MB',
    is: ((await heapOf(page)) / MB).toFixed(0),
    aim: '<= 400',
  });
  figures.push({ what: 'memory of the process then, MB', is: ((await processBytesOf(page)) / MB).toFixed(0), aim: '' });
  if (two.faults.length > 0) throw new Error(two.faults.join('\n'));
  return figures;
}

const place = values.keep ?? mkdtempSync(join(tmpdir(), 'switchback-bench-web-'));
mkdirSync(place, { recursive: true });
const single = await SinglePage.build();
try {
  const figures = await measure(place, single);
  if (values.format === 'json') console.log(JSON.stringify(figures, null, 2));
  else
    console.log(
      table(
        ['figure', 'is', 'aim'],
        figures.map(({ what, is, aim }) => [what, is, aim]),
      ),
    );
} finally {
  await single.close();
  if (values.keep === undefined) rmSync(place, { recursive: true, force: true });
}
