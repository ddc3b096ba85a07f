/** The page in one file, built for a test, and opened from file:// with the network cut. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { buildPage, singlePageIn } from '../../scripts/page.ts';
import { engineIdentity } from '../../ts/services/engine/host.ts';
import { openBrowser, type WatchedPage, watched } from './browser.ts';

export class SinglePage {
  readonly html: string;
  readonly #place: string;
  readonly #browser: Browser;
  readonly #address: string;

  private constructor(place: string, browser: Browser, html: string) {
    this.#place = place;
    this.#browser = browser;
    this.html = html;
    const file = join(place, 'switchback.html');
    writeFileSync(file, html);
    this.#address = pathToFileURL(file).href;
  }

  static async build(): Promise<SinglePage> {
    const place = mkdtempSync(join(tmpdir(), 'switchback-page-'));
    // Of Node's own identity, so that checkpoints are compared: those of another engine are not.
    await buildPage(join(place, 'page'), engineIdentity());
    return new SinglePage(place, await openBrowser(), singlePageIn(join(place, 'page')));
  }

  /** Opened, with nothing in it yet. @param fragment such as "#/ha@12" */
  async open(fragment = '', options: Parameters<typeof watched>[2] = {}): Promise<WatchedPage> {
    const one = await watched(this.#browser, (address) => address.startsWith(this.#address), { offline: true, ...options });
    await one.page.goto(`${this.#address}${fragment}`);
    // The document is there before its script has drawn anything.
    await one.page.getByRole('main').waitFor();
    return one;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    rmSync(this.#place, { recursive: true, force: true });
  }
}

/** Gives the page a bundle, as a file that somebody chose. */
export function choose({ page }: WatchedPage, bytes: Buffer): Promise<void> {
  return page.locator('#file').setInputFiles({ name: 'lab.sbk', mimeType: 'application/gzip', buffer: bytes });
}

/** Gives the page a bundle, and waits until it is proven. */
export async function prove(one: WatchedPage, bytes: Buffer): Promise<void> {
  await choose(one, bytes);
  await one.page.locator('.badge.proven').waitFor();
}
