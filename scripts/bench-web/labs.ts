/** Labs for figures of the page: as many events, and as many nodes, as a page should bear. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createGzip } from 'node:zlib';
import { manifestOf } from '../../ts/bundle/manifest.ts';
import { writeBundle } from '../../ts/bundle/write-bundle.ts';
import { scriptInputs } from '../../ts/engine/script.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import type { LogRecord } from '../../ts/model/events/record.ts';
import { bundlePieces, fileBytes } from '../../ts/services/bundle/file/bundle-file.ts';
import { createEngine } from '../../ts/services/engine/host.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';

const HOSTS_PER_SWITCH = 24;
const INTERVAL_MS = 10;
/** Echo requests that one command may ask for. */
const COUNT_MAX = 1000;

/**
 * Switches with 24 hosts each; each host pings the next but one of its switch, command after command, and each answer is an event. A cable is
 * pulled and plugged on the way, so that something is lost.
 */
export function pingingLab(nodes: number, events: number): string {
  const switches = Math.round(nodes / (HOSTS_PER_SWITCH + 1));
  const pings = Math.ceil(events / (switches * HOSTS_PER_SWITCH));
  const rounds = Math.ceil(pings / COUNT_MAX);
  const count = Math.ceil(pings / rounds);
  const lines = { nodes: [] as string[], links: [] as string[], steps: [] as string[] };
  for (let leaf = 0; leaf < switches; leaf++) {
    lines.nodes.push(`    sw${leaf}: { kind: switch }`);
    for (let port = 0; port < HOSTS_PER_SWITCH; port++) {
      const host = `h${leaf}-${port}`;
      const next = ((port + 1) % HOSTS_PER_SWITCH) + 1;
      lines.nodes.push(`    ${host}: { kind: host, interfaces: { eth0: { ipv4: 10.9.${leaf}.${port + 1}/24 } } }`);
      lines.links.push(`    - { endpoints: ["${host}:eth0", "sw${leaf}:p${port}"] }`);
      for (let round = 0; round < rounds; round++) {
        const at = 1 + port + round * count * INTERVAL_MS;
        lines.steps.push(`  - { at: ${at}ms, run: ping ${host} 10.9.${leaf}.${next} count ${count} interval ${INTERVAL_MS}ms }`);
      }
    }
  }
  const lengthMs = rounds * count * INTERVAL_MS;
  for (let turn = 1; turn < 20; turn++) {
    const at = Math.round((lengthMs * turn) / 20);
    lines.steps.push(`  - { at: ${at}ms, run: link ${turn % 2 === 1 ? 'down' : 'up'} sw0:p0 }`);
  }
  return [
    `name: pinging-${nodes}`,
    'topology:',
    '  nodes:',
    ...lines.nodes,
    '  links:',
    ...lines.links,
    'steps:',
    ...lines.steps,
    `duration: ${lengthMs + 3000}ms`,
    '',
  ].join('\n');
}

/** A lab that was run. */
export interface Ran {
  readonly records: readonly LogRecord[];
  readonly nodes: number;
}

/** @throws Error when the lab is invalid */
export function ran(text: string): Ran {
  const read = readLabFile(text, 'bench.lab.yml');
  if (!read.ok) throw new Error(`the lab of a benchmark is invalid: ${read.findings[0]?.message}`);
  const { lab, script } = read.file;
  const engine = createEngine();
  const records: LogRecord[] = [];
  for (const input of scriptInputs(lab, script)) {
    engine.receive(input, { checkpoint: false });
    while (!engine.step({ maxTurns: 10_000 })) takeInto(records, engine.take());
    takeInto(records, engine.take());
    const last = records.pop();
    if (last !== undefined) records.push({ ...last, settled: true });
  }
  return { records, nodes: lab.nodes.length };
}

function takeInto(records: LogRecord[], decided: ReturnType<ReturnType<typeof createEngine>['take']>): void {
  for (const { event, body, chain } of decided) {
    records.push({ position: event.position, body, chain, recordedAtMs: 0, commandId: '', checkpoint: null, settled: false });
  }
}

/** Writes a bundle to a file. */
export async function storeBundle(file: string, name: string, { records }: Ran): Promise<void> {
  const chain = toHex(records.at(-1)?.chain ?? new Uint8Array(0));
  const gzip = createGzip({ level: 1 });
  const out = gzip.pipe(createWriteStream(file));
  for await (const piece of writeBundle(manifestOf(name, records.length, chain, null), atOnce(records))) {
    if (!gzip.write(piece)) await once(gzip, 'drain');
  }
  gzip.end();
  await once(out, 'finish');
}

/** Events of a bundle in a file, as its manifest says. @throws BundleDamaged */
export async function eventsIn(file: string): Promise<number> {
  for await (const piece of bundlePieces(fileBytes(file))) if (piece.kind === 'manifest') return piece.manifest.positions;
  return 0;
}

async function* atOnce(records: readonly LogRecord[]): AsyncGenerator<readonly LogRecord[]> {
  await Promise.resolve();
  yield records;
}
