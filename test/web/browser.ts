/** Chromium for tests of the page, and everything that went wrong in it. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { HANGS_MS } from '../support/hangs.ts';

const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: '/usr/bin/chromium', args: ARGUMENTS, timeout: HANGS_MS });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings of the console, exceptions, reports of the policy, requests that left or failed: none in a sound page. */
  readonly faults: string[];
}

/** A page of its own context, watched from its beginning. @param mayAsk which addresses it may ask for */
export async function watched(
  browser: Browser,
  mayAsk: (address: string) => boolean,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(HANGS_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => void faults.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (!mayAsk(request.url()) && !/^(?:data|blob):/.test(request.url())) faults.push(`request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.effectiveDirective} ${event.blockedURI}`),
    );
  });
  return { page, faults };
}
