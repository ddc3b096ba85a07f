/**
 * Runs every shipped lab under several versions of Node and compares the chains with each other and with labs/golden/.
 *
 *   npm run build && npm run test:nodes        # 20, 22 and 24
 *   npx tsx scripts/node-matrix.ts 22          # only these
 *
 * Under each, and under the oldest supported line and the newest release, it also installs the packed package into an empty folder, runs
 * and verifies a packaged lab, and runs the README's library example. The bundles of test/bundles must verify under each with one output. The versions are kept in node_modules/.cache/nodes until `npm ci`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Table from 'cli-table3';
import { install, pack, runExample, runsLab } from './consumer.ts';
import { goldenChains } from './golden-file.ts';
import { installNode, type Node } from './node-version.ts';

const MAJORS: readonly string[] = ['20', '22', '24'];
/** Where the package must install and run, besides. */
const INSTALLS: readonly string[] = ['20.19', 'latest'];
const EXAMPLE = 'examples/library/failover';
const COMMAND = 'dist/ts/cli/bin.js';
const BUNDLES = 'test/bundles';
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

  const nodes = majors.map((line) => installNode(line));
  const cells = labs.toSorted().flatMap((file) => nodes.map((node) => runLab(file, node)));
  const installed = [...nodes, ...(majors === MAJORS ? INSTALLS.map((line) => installNode(line)) : [])];
  const faults = [...matrixFaults(cells, golden), ...bundleFaults(installed), ...installFaults(installed)];

  const table = new Table({ head: ['lab', 'node', 'chain', 'golden'], style: { head: [], border: [] } });
  for (const { lab, node, chain } of cells) {
    table.push([lab, node, chain === null ? 'failed' : chain.slice(0, 16), chain === golden[lab] ? 'equal' : 'DIFFERENT']);
  }
  console.log(table.toString());
  for (const fault of faults) console.error(fault);
  console.log(
    `labs: ${labs.length}, versions of Node: ${nodes.length}, installed under: ${installed.map(({ version }) => version).join(' ')}, faults: ${faults.length}`,
  );
  return faults.length === 0 ? 0 : 1;
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

/** What each Node says of each bundle: all the same, and "verified". One line for each that differs. */
export function bundleFaults(nodes: readonly Node[], folder = BUNDLES): readonly string[] {
  const bundles = readdirSync(folder).filter((file) => file.endsWith('.sbk'));
  return bundles.flatMap((file) => {
    const said = nodes.map(({ binary, version }) => {
      const { status, stdout, stderr } = spawnSync(binary, [COMMAND, 'verify', join(folder, file), '-f', 'json'], {
        encoding: 'utf8',
      });
      return { version, status, text: stdout + stderr };
    });
    const others = said.filter(({ status, text }) => status !== 0 || text !== said[0]?.text);
    return others.map(({ version, status, text }) => `${file} under Node ${version}: exit ${status}\n${text}`);
  });
}

/** The package, installed and used under each Node: what is wrong, one line each. */
export function installFaults(nodes: readonly Node[]): readonly string[] {
  const place = mkdtempSync(join(tmpdir(), 'switchback-installs-'));
  const [example, expected] = ['.ts', '.txt'].map((ending) => readFileSync(EXAMPLE + ending, 'utf8'));
  try {
    const { path } = pack(place);
    return nodes.flatMap((node) => {
      const folder = join(place, node.version);
      const faults = install(node, path, folder);
      const lab = faults.some((fault) => fault.startsWith('npm install failed')) ? [] : runsLab(node, folder);
      const printed = runExample(node, folder, 'failover', example ?? '');
      const said = printed === expected ? [] : [`the library example prints:\n${printed}`];
      return [...faults, ...lab, ...said].map((fault) => `installed under Node ${node.version}: ${fault}`);
    });
  } finally {
    rmSync(place, { recursive: true, force: true });
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
