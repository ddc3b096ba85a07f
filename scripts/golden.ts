/**
 * Writes labs/golden.json: the chain of every shipped lab. A changed chain is changed behaviour; the commit that brings it says
 * which rule or format changed.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { scriptInputs } from '../ts/engine/script.ts';
import { toHex } from '../ts/model/events/chain.ts';
import { createEngine } from '../ts/services/engine/host.ts';
import { readLabFile } from '../ts/topology/read-lab-file.ts';

const LABS = new URL('../labs/', import.meta.url);
const golden: Record<string, string> = {};
for (const name of readdirSync(LABS)
  .filter((file) => file.endsWith('.lab.yml'))
  .sort()) {
  const result = readLabFile(readFileSync(new URL(name, LABS), 'utf8'), name);
  if (!result.ok) throw new Error(`${name} is not valid`);
  const engine = createEngine();
  for (const input of scriptInputs(result.file.lab, result.file.script)) {
    engine.receive(input);
    engine.step();
    engine.take();
  }
  golden[result.file.name] = toHex(engine.chain);
}
writeFileSync(new URL('golden.json', LABS), `${JSON.stringify(golden, null, 2)}\n`);
console.log(golden);
