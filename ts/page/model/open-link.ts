/** A link, opened: a worker executes its lab, and is ended where that takes too long. */
import type { Questions } from '../ask/questions.ts';
import type { WorkerLine } from '../ask/worker-line.ts';
import { type Link, NO_LINK } from './page-state.ts';

/** Wall-clock time for the lab of a link, ms: whoever wrote it may want it to take for ever. */
export const LINK_MS = 60_000;

const OTHER: Link = { status: 'other', detail: 'the link was made by another version, which decided this lab otherwise' };

/** The lab of a link as a bundle, and how the page stands to it. @param code what stands behind "#lab=" @throws Error with what is wrong with it */
export async function bundleOfLink(
  line: WorkerLine,
  engine: Questions['dataplane']['ask'],
  code: string,
  limitMs = LINK_MS,
): Promise<{ readonly bytes: Uint8Array; readonly link: Link }> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    line.end();
  }, limitMs);
  try {
    await line.ask('dataplane', engine);
    const { bytes, isSame } = await line.ask('link', { code });
    return { bytes, link: isSame ? NO_LINK : OTHER };
  } catch (error) {
    if (isLate) throw new Error(`the lab of this link takes longer than ${limitMs / 1000} s to execute`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
