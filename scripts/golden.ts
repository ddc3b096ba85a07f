/**
 * Writes labs/golden/: the run of every shipped lab. A changed chain is changed behaviour; the commit that brings it says which
 * rule or format changed.
 *
 *   npm run golden              # all labs
 *   npm run golden -- NAME…     # these
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readLabFile } from '../ts/topology/read-lab-file.ts';
import { decidedBy, GOLDEN, goldenFile, goldenText } from './golden-file.ts';

const LABS = new URL('../labs/', import.meta.url);
const names = process.argv.slice(2);
mkdirSync(GOLDEN, { recursive: true });
for (const name of readdirSync(LABS)
  .filter((file) => file.endsWith('.lab.yml'))
  .sort()) {
  const result = readLabFile(readFileSync(new URL(name, LABS), 'utf8'), name);
  if (!result.ok) throw new Error(`${name} is not valid`);
  const { file } = result;
  if (names.length > 0 && !names.includes(file.name)) continue;
  const text = goldenText(decidedBy(file));
  writeFileSync(goldenFile(file.name), text);
  console.log(`${file.name}: ${text.split('\n', 1)[0]}`);
}
