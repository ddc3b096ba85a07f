/** The table of runs of drops is bounded: what is dropped at further places is counted by its reason alone, and nothing is lost (T4). */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { configure } from '../../ts/dataplane/configure.ts';
import { Dataplane } from '../../ts/dataplane/dataplane.ts';
import type { DropNotice } from '../../ts/dataplane/notice.ts';
import { dropReasonName } from '../../ts/model/events/drop-reasons.ts';
import { indexLab, portOf } from '../../ts/model/lab/lab-index.ts';
import { host, lab, link } from '../support/lab.ts';
import { playsLab } from '../support/played.ts';

/** Runs that a lab tells apart: three quarters of `DROP_RUNS` (ts/dataplane/sizing.ts). */
const RUNS = 768;
const FURTHER = 32;
const FRAME = new Uint8Array(60);

test('a lab tells 768 runs of drops apart, and counts the frames of further ones by their reason', () => {
  playsLab();
  const index = indexLab(lab(host('h1', { ip: '10.0.0.1/24' }), host('h2', { ip: '10.0.0.2/24' }), link('h1:eth0', 'h2:eth0')));
  const dataplane = new Dataplane(new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm')));
  configure(dataplane, index, 0);
  const port = portOf(index, 'h1:eth0');
  const notices: DropNotice[] = [];
  for (let cause = 2; cause < RUNS + FURTHER + 2; cause++) {
    // Each time the carrier is lost because of another event, so the drop is of another run.
    dataplane.control.setCarrier(port, false, cause);
    dataplane.inject({ port, direction: 'received', atNs: cause, cause: 1, bytes: FRAME });
    dataplane.run(cause + 1);
    for (const notice of dataplane.takeNotices()) if (notice.kind === 'drop') notices.push(notice);
  }

  const [placed, further] = [notices.filter((notice) => notice.port === port), notices.filter((notice) => notice.port === -1)];
  expect(placed.map(({ cause }) => cause)).toEqual(Array.from({ length: RUNS }, (_, i) => i + 2));
  expect(further.map(({ reason, blamed }) => [dropReasonName(reason), blamed])).toEqual([['link-down', RUNS + 2]]);
  const counted = dataplane
    .rows((start) => dataplane.control.readDropRuns(start))
    .reduce((sum, { count }) => sum + Number(count), 0);
  expect(notices.length + counted).toBe(RUNS + FURTHER);
});
