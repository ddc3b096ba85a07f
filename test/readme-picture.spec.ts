/** The picture in the README is what `switchback graph` draws today. UPDATE_DOCS=1 writes it anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openMemoryLog } from '../ts/log/memory.ts';
import { drawing } from '../ts/picture/drawing.ts';
import { svgText } from '../ts/picture/svg-text.ts';
import { runLab } from '../ts/services/living/run-lab.ts';
import { labPicture } from '../ts/services/picture/lab-picture.ts';
import { nanos } from '../ts/values/nanos.ts';
import { labFileOf } from './support/lab-moment.ts';
import { playsLab } from './support/played.ts';

const PICTURE = 'docs/failover.svg';
const LAB = 'ha-assigned-mac';
/** The new active unit has announced itself. */
const MOMENT_NS = 31_000_000_000;
/** No test waits for a clock. */
const PATIENT_MS = 600_000;

test(
  'the README shows the failover as it is drawn today',
  async () => {
    playsLab();
    const file = labFileOf(LAB);
    const log = openMemoryLog();
    await runLab(file, log);
    const { layout, scene, note } = await labPicture(log, LAB, { atNs: nanos(MOMENT_NS) }, undefined, PATIENT_MS);
    expect([layout.by, note]).toEqual(['elk', '']);
    const text = svgText(drawing(layout, scene, LAB));
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PICTURE, text);
    expect(readFileSync(PICTURE, 'utf8')).toBe(text);
    expect(readFileSync('README.md', 'utf8')).toContain(`](${PICTURE})`);
  },
  PATIENT_MS,
);
