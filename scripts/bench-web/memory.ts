/** Memory that a page holds, workers included. */
import { existsSync, readFileSync } from 'node:fs';
import type { CDPSession, Page } from 'playwright-core';

/** The document's and each worker's heap once nothing in it is garbage, with array buffers and the memories of WebAssembly, bytes. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const workers = new Workers(session);
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  await session.send('HeapProfiler.collectGarbage');
  let bytes = usageBytes(await session.send('Runtime.getHeapUsage'));
  for (const id of workers.ids) {
    await workers.ask(id, 'HeapProfiler.collectGarbage');
    bytes += usageBytes((await workers.ask(id, 'Runtime.getHeapUsage')) as Usage);
  }
  await session.detach();
  return bytes;
}

interface Usage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize?: number;
  readonly backingStorageSize?: number;
}

function usageBytes({ usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 }: Usage): number {
  return usedSize + embedderHeapUsedSize + backingStorageSize;
}

/** Workers of a page, asked through its own session. */
class Workers {
  readonly #session: CDPSession;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  readonly ids: string[] = [];
  #next = 1;

  constructor(session: CDPSession) {
    this.#session = session;
    session.on('Target.attachedToTarget', ({ sessionId }) => void this.ids.push(sessionId));
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result } = JSON.parse(message) as { readonly id: number; readonly result: unknown };
      this.#waiting.get(id)?.(result);
    });
  }

  async ask(sessionId: string, method: string): Promise<unknown> {
    const id = this.#next++;
    const answer = new Promise<unknown>((resolve) => this.#waiting.set(id, resolve));
    await this.#session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) });
    return answer;
  }
}

/** Memory that the page's process holds for itself, what is not collected yet included, bytes. */
export async function processBytesOf(page: Page): Promise<number> {
  const session = await page.context().browser()?.newBrowserCDPSession();
  const { processInfo } = (await session?.send('SystemInfo.getProcessInfo')) ?? { processInfo: [] };
  const sizes = processInfo.map(({ type, id }) => (type === 'renderer' ? anonymousBytesOf(id) : 0));
  return Math.max(0, ...sizes);
}

/** What Linux says of a process; 0 elsewhere. */
function anonymousBytesOf(pid: number): number {
  const status = `/proc/${pid}/status`;
  if (!existsSync(status)) return 0;
  const [, kilobytes] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8')) ?? [];
  return Number(kilobytes ?? 0) * 1024;
}
