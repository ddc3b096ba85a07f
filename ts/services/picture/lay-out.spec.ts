import { expect, test } from 'vitest';
import { labFileOf } from '../../../test/support/lab-moment.ts';
import { playsLab } from '../../../test/support/played.ts';
import { expectTidy } from '../../../test/support/tidy-layout.ts';
import { openMemoryLog } from '../../log/memory.ts';
import { createMemorySnapshots } from '../../log/memory-snapshots.ts';
import { plainLayout } from '../../picture/plain-layout.ts';
import { planOf } from '../../picture/plan.ts';
import { canonicalJson } from '../../values/canonical-json.ts';
import { runLab } from '../living/run-lab.ts';
import { layOut } from './lay-out.ts';
import { storedLayout } from './stored-layout.ts';

/** No test waits for a clock. */
const PATIENT_MS = 600_000;
/** ELK needs more than that to start. */
const HASTY_MS = 1;

test(
  'ELK lays a pair out tidily, lines from port to port, and the same way each time',
  async () => {
    playsLab();
    const plan = planOf(labFileOf('ha-assigned-mac').lab);
    const { layout, note } = await layOut(plan, PATIENT_MS);
    expect([layout.by, note]).toEqual(['elk', '']);
    const again = await layOut(structuredClone(plan), PATIENT_MS);
    expect(canonicalJson(layout)).toBe(canonicalJson(again.layout));
    expect(canonicalJson(layout)).not.toContain('$H');
    expectTidy(layout);
    for (const { link, from, fromPort, isTurned, isPeer } of plan.lines) {
      if (isPeer) continue;
      const port = layout.places[from]?.ports.find((at) => at.name === fromPort);
      const points = layout.routes.find((route) => route.link === link)?.points ?? [];
      expect(isTurned ? points.at(-1) : points[0], `link ${link}`).toEqual([port?.x, port?.y]);
    }
  },
  PATIENT_MS,
);

test('a layout that takes too long is left, and made in columns', async () => {
  playsLab();
  const plan = planOf(labFileOf('ha-assigned-mac').lab);
  const { layout, note } = await layOut(plan, HASTY_MS);
  expect(layout).toEqual(plainLayout(plan));
  expect(note).toBe('laid out in columns: ELK took longer than 1 ms');
});

test('a layout is kept beside its lab, and not used for another history of that name', async () => {
  playsLab();
  const file = labFileOf(`name: two
topology:
  nodes:
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links: [ { endpoints: ["a:eth0", "b:eth0"] } ]
duration: 1s
`);
  const log = openMemoryLog();
  const snapshots = createMemorySnapshots();
  await runLab(file, log);
  const { layout } = await storedLayout(log, snapshots, 'two', file.lab, HASTY_MS);
  const stored = await snapshots.latest('two', 'layout');
  expect(new TextDecoder().decode(stored?.bytes)).toBe(canonicalJson(layout));

  // What is stored is what is used: a mark in it comes back.
  if (stored === null) throw new Error('nothing is stored');
  const marked = new TextEncoder().encode(canonicalJson({ ...layout, width: 4321 }));
  await snapshots.remove('two');
  await snapshots.put({ ...stored, bytes: marked });
  expect((await storedLayout(log, snapshots, 'two', file.lab, HASTY_MS)).layout.width).toBe(4321);

  await snapshots.remove('two');
  await snapshots.put({ ...stored, bytes: marked, chain: new Uint8Array(32) });
  expect((await storedLayout(log, snapshots, 'two', file.lab, HASTY_MS)).layout.width).toBe(layout.width);
});
