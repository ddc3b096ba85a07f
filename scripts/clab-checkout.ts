/**
 * npm run clab-checkout -- DIR: every topology and the schema of a checkout of containerlab (https://github.com/srl-labs/containerlab). Each
 * topology is imported, has to be a valid lab, is exported, has to fit the schema, and comes back with the same nodes and links; and so does
 * each lab of ours. Their files are theirs, so none is part of this project.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { exportClab } from '../ts/topology/clab/export-clab.ts';
import { importClab } from '../ts/topology/clab/import-clab.ts';
import { readLabFile } from '../ts/topology/read-lab-file.ts';

interface Topology {
  readonly nodes: Readonly<Record<string, { readonly kind: string }>>;
  readonly links?: readonly { readonly endpoints: readonly [string, string] }[];
}

/** Names and kinds of nodes, and which interfaces are joined, in no order. */
function networkOf(text: string): string {
  const { nodes, links = [] } = (parse(text) as { readonly topology: Topology }).topology;
  const kinds = Object.entries(nodes).map(([name, { kind }]) => `${name}: ${kind}`);
  return JSON.stringify([kinds.sort(), links.map(({ endpoints }) => [...endpoints].sort().join(' to ')).sort()]);
}

/** What is wrong with a lab file that was made of a topology, or with its way there and back. */
function faultsOf(labText: string, fits: (topology: unknown) => readonly string[], isOurs: boolean): readonly string[] {
  const read = readLabFile(labText, 'x.lab.yml');
  if (!read.ok) return read.findings.map(({ message }) => message);
  const { text } = exportClab('x', read.file.lab);
  const back = importClab(text, 'x.clab.yml').text ?? '';
  const isSame = isOurs || networkOf(back) === networkOf(labText);
  return [...fits(parse(text)), ...(isSame ? [] : ['it comes back with other nodes or links'])];
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: npm run clab-checkout -- DIR, a checkout of containerlab');
const validate = new Ajv({ strict: false, allErrors: true }).compile(
  JSON.parse(readFileSync(join(folder, 'schemas/clab.schema.json'), 'utf8')) as object,
);
const fits = (topology: unknown): readonly string[] => {
  validate(topology);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
};
let faulty = 0;
const tell = (file: string, faults: readonly string[]): void => {
  for (const fault of faults) console.log(`${file}: ${fault}`);
  if (faults.length > 0) faulty++;
};
const theirs = readdirSync(folder, { encoding: 'utf8', recursive: true }).filter((file) => /\.clab\.ya?ml$/.test(file));
for (const file of theirs) {
  const { text, findings } = importClab(readFileSync(join(folder, file), 'utf8'), file);
  tell(file, text === null ? findings.map(({ message }) => message) : faultsOf(text, fits, false));
}
const ours = readdirSync('labs').filter((file) => file.endsWith('.lab.yml'));
for (const file of ours) tell(file, faultsOf(readFileSync(join('labs', file), 'utf8'), fits, true));
console.log(`${theirs.length} topologies of containerlab and ${ours.length} labs: ${faulty} with a fault`);
process.exitCode = faulty === 0 ? 0 : 1;
