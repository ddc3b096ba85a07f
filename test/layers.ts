/**
 * Layers and rooms, ground up: the one list, and the check that holds the sources to it (test/layers.spec.ts).
 *
 * A layer imports only layers below it, and of those only what its entry names. Within a layer, a room imports only rooms below it.
 * Specs (*.spec.ts) beside the sources may import anything. What a layer may *call* (no clock, no chance, no locale, no Node) is
 * in biome.json; the spec compares its lists with this one. The table in docs/architecture.md is `roomsTable()`.
 *
 * Imports are found in the text, after comments are cut out: `import … from`, `export … from`, `import '…'` and
 * `import('…')` with a literal. A type-only import counts: layers are about who knows whom.
 */
import { posix } from 'node:path';

interface Room {
  /** Folder, with its closing slash. Files of the layer's own folder are a room like any other. */
  readonly at: string;
  /** What is in it, for the table. */
  readonly is: string;
}

interface Layer extends Room {
  /** Prefixes of the project's own files that it may import besides its own folder. */
  readonly imports: readonly string[];
  /** Ground up; a layer without is one room. */
  readonly rooms?: readonly Room[];
  /** Its code decides what happens in a lab: it is part of the engine's identity, and knows no clock and no chance. */
  readonly decides?: true;
  /** It runs unchanged in a browser. */
  readonly runsAnywhere?: true;
}

const CORE = ['ts/values/', 'ts/wire/', 'ts/model/', 'ts/topology/', 'ts/dataplane/', 'ts/engine/'];
const AGENTS = 'ts/engine/agents/';

/** Ground up. */
export const LAYERS: readonly Layer[] = [
  {
    at: 'asm/',
    is: 'the data plane, compiled to WebAssembly',
    imports: ['gen/asm/'],
    decides: true,
    rooms: [
      { at: 'asm/memory/', is: 'layout, region, slots, event queue, random numbers' },
      { at: 'asm/frame/', is: 'buffers, headers, tables of addresses; the three ends of a frame, drops and traces' },
      { at: 'asm/nic/', is: "who has which address of an SR-IOV NIC; its receive queues' hash" },
      { at: 'asm/io/', is: 'cores, rings, packet sockets' },
      { at: 'asm/session/', is: 'sessions of a firewall: their table, policies, address translation' },
      { at: 'asm/decide/', is: 'where a frame goes: switches, NIC, layer 3, links' },
      { at: 'asm/run/', is: 'the path of a frame, generators, the work of cores' },
      { at: 'asm/bench/', is: 'rows of the benchmark that run inside' },
      { at: 'asm/doors/', is: 'control door and exports' },
    ],
  },
  { at: 'ts/values/', is: 'addresses, times, quantities, canonical JSON', imports: [], decides: true, runsAnywhere: true },
  { at: 'ts/rules/', is: 'what each rule says, clause by clause, and whether it is built', imports: [], runsAnywhere: true },
  {
    at: 'ts/wire/',
    is: 'bytes ↔ values: Ethernet, ARP, IPv4, ICMP, UDP, TCP, IPv6, ICMPv6, neighbour discovery, DHCP, PPPoE',
    imports: ['ts/values/'],
    decides: true,
    runsAnywhere: true,
  },
  {
    at: 'ts/model/',
    is: 'what a lab is, and what can happen to it',
    imports: ['ts/values/', 'ts/wire/'],
    decides: true,
    runsAnywhere: true,
    rooms: [
      { at: 'ts/model/hardware/', is: 'NIC families, drivers, DPDK and packet-ring rules, cores, costs' },
      { at: 'ts/model/lab/', is: 'the resolved lab: nodes, interfaces, links, script; its index and attachments' },
      { at: 'ts/model/config/', is: "which of a firewall's settings can change while it runs, and to what" },
      { at: 'ts/model/events/', is: 'events, records, the chain, the codec, drop reasons' },
      { at: 'ts/model/commands/', is: 'commands by family: grammar and help' },
      { at: 'ts/model/state/', is: 'recorded state: one file per aggregate, folded from events by `evolve`' },
    ],
  },
  {
    at: 'ts/topology/',
    is: 'reads a lab file',
    imports: ['ts/values/', 'ts/wire/', 'ts/model/'],
    runsAnywhere: true,
    rooms: [
      { at: 'ts/topology/draft/', is: "the document, the file's own shape, the lab in the making, findings" },
      { at: 'ts/topology/schema/', is: 'which properties a file may have' },
      { at: 'ts/topology/resolve/', is: 'a file into a resolved lab' },
      { at: 'ts/topology/warn/', is: 'what is refused because it is not built; what is allowed and probably not meant' },
      { at: 'ts/topology/clab/', is: "containerlab's topologies, read and written" },
    ],
  },
  {
    at: 'ts/dataplane/',
    is: "the data plane's host side: rings as views, sizing, configuration",
    // The memory layout is written once, in files that both compilers read.
    imports: ['ts/values/', 'ts/wire/', 'ts/model/', 'asm/', 'gen/'],
    decides: true,
    runsAnywhere: true,
  },
  {
    at: 'ts/log/',
    is: 'the `EventLog` port, in memory',
    imports: ['ts/values/', 'ts/wire/', 'ts/model/'],
    // The port belongs to those who use it; its adapters do not.
    rooms: [
      { at: 'ts/log/', is: 'the port, and the log in memory' },
      { at: 'ts/log/embedded/', is: 'in a directory' },
      { at: 'ts/log/kafka/', is: 'on Kafka' },
    ],
  },
  {
    at: 'ts/engine/',
    is: 'the loop, its agents, replay, checks',
    imports: ['ts/values/', 'ts/wire/', 'ts/model/', 'ts/dataplane/', 'ts/log/event-log.ts'],
    decides: true,
    runsAnywhere: true,
    rooms: [
      { at: 'ts/engine/turn/', is: 'what an agent sees and may do; what agents remember' },
      { at: 'ts/engine/project/', is: 'events into linear memory' },
      { at: `${AGENTS}neighbours/`, is: 'ARP, gratuitous ARP, echo' },
      { at: `${AGENTS}traffic/`, is: 'pings, and caches that an operator clears' },
      { at: `${AGENTS}ports/`, is: 'carrier, links, ports of switches' },
      { at: `${AGENTS}lacp/`, is: 'aggregates: which members are used, and LACP' },
      { at: `${AGENTS}leases/`, is: 'DHCP: clients, servers, relays, switches that read it; PPPoE: both ends of sessions' },
      { at: `${AGENTS}sr-iov/`, is: "PF and VF: mailbox, virtual channel, the guest's driver" },
      { at: `${AGENTS}mac/`, is: 'which MAC a firewall uses' },
      { at: `${AGENTS}packet-io/`, is: 'DPDK or packet sockets, vhost-user' },
      { at: `${AGENTS}devices/`, is: "the host's administrator: VFs configured, devices given to guests" },
      { at: `${AGENTS}sessions/`, is: 'sessions that an operator clears' },
      { at: `${AGENTS}ha/`, is: 'high availability' },
      { at: `${AGENTS}config/`, is: 'candidates of firewalls, and what a commit changes' },
      { at: AGENTS, is: 'commands, punted frames, drops, power: each to its family' },
      { at: 'ts/engine/', is: 'the engine, replay, checks of a lab file' },
    ],
  },
  {
    at: 'ts/debug/',
    is: 'questions that run a lab again: fork, diff, bisect, explain',
    imports: [...CORE, 'ts/log/event-log.ts'],
    runsAnywhere: true,
  },
  {
    at: 'ts/picture/',
    is: 'a lab drawn: a scene of a moment, one fixed layout, a tree that becomes SVG',
    imports: ['ts/values/', 'ts/model/', 'ts/engine/derived.ts'],
    runsAnywhere: true,
  },
  {
    at: 'ts/bundle/',
    is: 'a recorded lab in one file: written, and read without trust',
    imports: [...CORE, 'ts/log/event-log.ts', 'ts/log/checks.ts'],
    runsAnywhere: true,
  },
  { at: 'ts/attach/', is: 'a lab on real interfaces', imports: [...CORE, 'ts/log/'] },
  { at: 'ts/capture/', is: 'pcap and pcapng, and recorded labs as such', imports: CORE, runsAnywhere: true },
  {
    at: 'ts/services/',
    is: 'the engine on Node',
    imports: [...CORE, 'ts/log/', 'ts/debug/', 'ts/picture/', 'ts/bundle/', 'ts/attach/', 'ts/capture/'],
    rooms: [
      { at: 'ts/services/engine/', is: 'engines in workers; snapshots; one lab driven to its end' },
      { at: 'ts/services/bundle/file/', is: 'a bundle as a file: gzip around the archive' },
      { at: 'ts/services/living/', is: 'living labs: controllers, commands and their outcomes' },
      { at: 'ts/services/kafka/', is: 'living labs shared by several processes' },
      { at: 'ts/services/ask/', is: 'verify, at, capture, inject: questions to a log' },
      { at: 'ts/services/picture/', is: 'labs laid out by ELK and drawn; reports' },
      { at: 'ts/services/publish/', is: 'events and states as they are printed and sent' },
      { at: 'ts/services/bundle/', is: 'labs exported, imported and verified as bundles' },
      { at: 'ts/services/debug/', is: 'labs run again: fork, diff, bisect, sweep, shrink' },
      { at: 'ts/services/page/', is: "the page's files, and the page in one file" },
      { at: 'ts/services/', is: 'opens the service that the options ask for' },
    ],
  },
  {
    at: 'ts/page/',
    is: 'the page: a lab looked at in a browser',
    imports: [
      ...CORE,
      'ts/rules/',
      'ts/log/event-log.ts',
      'ts/log/checks.ts',
      'ts/capture/',
      'ts/debug/',
      'ts/picture/',
      'ts/bundle/',
      'ts/services/publish/describe-event.ts',
      'ts/services/publish/publish-state.ts',
      'ts/services/picture/report-parts.ts',
    ],
    runsAnywhere: true,
    rooms: [
      {
        at: 'ts/page/codec/',
        is: "events' messages and the data plane's door from tables, a tenth of the generated code; dense bytes, read",
      },
      { at: 'ts/page/ask/', is: 'what the page asks its workers, and how' },
      { at: 'ts/page/link/', is: 'a lab in a link: read, executed, and handed on as a bundle' },
      { at: 'ts/page/do/', is: 'in the workers: forks played and compared, commands completed' },
      { at: 'ts/page/worker/', is: 'in the workers: bundles read, labs proven, questions answered' },
      { at: 'ts/page/timeline/', is: 'the time line: what it shows, as pixels' },
      { at: 'ts/page/frames/', is: 'layers and fields of a frame' },
      { at: 'ts/page/picture/', is: "the picture: a tree's back end for the document" },
      { at: 'ts/page/model/', is: 'everything that is shown, and all that can be done' },
      { at: 'ts/page/panels/', is: 'the parts of the document' },
      { at: 'ts/page/', is: 'where script, workers and keys come together' },
    ],
  },
  // No code behind them: the API shows the same ones as the command line.
  {
    at: 'ts/schemas/',
    is: 'JSON Schemas of all that is printed or answered',
    imports: ['ts/values/', 'ts/model/', 'ts/topology/'],
  },
  {
    at: 'ts/library/',
    is: 'labs as programs use them: build, run, ask, expect; what the package gives is listed in its index',
    imports: [
      ...CORE,
      'ts/debug/',
      'ts/bundle/',
      'ts/services/engine/host.ts',
      'ts/services/publish/publish-state.ts',
      'ts/services/bundle/',
    ],
  },
  {
    at: 'ts/api/',
    is: 'the HTTP API',
    imports: [...CORE, 'ts/rules/', 'ts/log/', 'ts/debug/', 'ts/picture/', 'ts/bundle/', 'ts/services/', 'ts/schemas/'],
  },
  { at: 'ts/bench/', is: 'benchmarks', imports: [...CORE, 'asm/', 'gen/', 'ts/log/', 'ts/debug/', 'ts/services/'] },
  {
    at: 'ts/cli/',
    is: 'the command line',
    imports: [
      ...CORE,
      'ts/rules/',
      'ts/log/',
      'ts/debug/',
      'ts/picture/',
      'ts/bundle/',
      'ts/attach/',
      'ts/capture/',
      'ts/services/',
      'ts/schemas/',
      'ts/api/',
      'ts/bench/',
      'gen/api/',
    ],
  },
];

/** The rooms of a layer, ground up; files directly in its folder are its top room where no entry says otherwise. */
export function roomsOf({ at, is, rooms }: Layer): readonly Room[] {
  if (rooms === undefined) return [{ at, is }];
  return rooms.some((room) => room.at === at) ? rooms : [...rooms, { at, is }];
}

/** Number of the room that a file of the layer is in, ground up; -1 in a folder that no entry names. */
function roomOf(layer: Layer, file: string): number {
  const rooms = roomsOf(layer);
  const inside = rooms.filter(({ at }) => file.startsWith(at)).sort((a, b) => b.at.length - a.at.length)[0];
  const isOwnFolder = inside?.at === layer.at && rooms.length > 1 && file.slice(layer.at.length).includes('/');
  return inside === undefined || isOwnFolder ? -1 : rooms.indexOf(inside);
}

/** The rooms that have files, the top first: below in the table is below in the tree. */
export function roomsTable(files: readonly string[]): string {
  const rows = LAYERS.flatMap((layer) =>
    roomsOf(layer).map((room) => ({ room, files: files.filter((file) => isIn(layer, room, file)) })),
  );
  const lines = rows.filter((row) => row.files.length > 0).map(({ room }) => `| \`${room.at}\` | ${room.is} |`);
  return ['| room | holds |', '| --- | --- |', ...lines.reverse()].join('\n');
}

function isIn(layer: Layer, room: Room, file: string): boolean {
  return file.startsWith(layer.at) && roomsOf(layer)[roomOf(layer, file)]?.at === room.at;
}

/** Packages and generated code that only some files may import, by prefix of the import and of the file. */
export const RESERVED: readonly { readonly what: string; readonly for: readonly string[] }[] = [
  { what: 'kafkajs', for: ['ts/log/kafka/'] },
  { what: 'lmdb', for: ['ts/log/embedded/'] },
  { what: 'protobufjs', for: ['ts/log/', 'ts/model/events/codec', 'ts/page/codec/'] },
  { what: 'gen/proto', for: ['ts/log/', 'ts/model/events/codec'] },
  { what: 'gen/events', for: ['ts/model/events/', 'ts/topology/resolve/event-fields', 'ts/schemas/events'] },
  { what: 'fastify', for: ['ts/api/'] },
  { what: '@fastify', for: ['ts/api/'] },
  { what: 'prom-client', for: ['ts/api/'] },
  { what: '@modelcontextprotocol', for: ['ts/cli/mcp/'] },
  { what: 'commander', for: ['ts/cli/'] },
  { what: 'cli-table3', for: ['ts/cli/'] },
  { what: 'elkjs', for: ['ts/services/picture/'] },
  { what: 'vitest', for: ['ts/library/vitest'] },
  { what: 'preact', for: ['ts/page/'] },
];

/** What is wrong with the imports of one source file; empty when nothing is. `file` is relative to the root. */
export function layerFaults(file: string, source: string): readonly string[] {
  if (file.endsWith('.spec.ts')) return [];
  const layer = LAYERS.find(({ at }) => file.startsWith(at));
  if (layer === undefined) return [`${file} is in no layer: add its folder to test/layers.ts`];
  const room = roomOf(layer, file);
  if (room < 0) return [`${file} is in no room: add its folder to test/layers.ts`];
  const faults: string[] = [];
  for (const specifier of importsOf(source)) {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier;
    const reserved = RESERVED.find(({ what }) => startsWithName(target, what));
    if (reserved !== undefined) {
      if (!reserved.for.some((prefix) => file.startsWith(prefix))) {
        faults.push(`${file} imports ${target}, which is reserved for ${reserved.for.join(' and ')}`);
      }
    } else if (specifier.startsWith('.') && ![layer.at, ...layer.imports].some((prefix) => target.startsWith(prefix))) {
      faults.push(`${file} imports ${target}: ${layer.at} may import only ${layer.imports.join(' ') || 'itself'}`);
    } else if (specifier.startsWith('.') && target.startsWith(layer.at) && roomOf(layer, target) > room) {
      faults.push(`${file} imports ${target}: a room imports only rooms below it`);
    }
  }
  return faults;
}

const COMMENTS = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm;
const IMPORTS = /\b(?:import|export)\b[^'"`;=]*\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;

/** The specifiers of all imports in a source text. */
export function importsOf(source: string): readonly string[] {
  return [...source.replace(COMMENTS, '').matchAll(IMPORTS)].map(([, from, bare]) => from ?? bare ?? '');
}

/** Whether `target` is the package or folder `name`, or lies in it. */
function startsWithName(target: string, name: string): boolean {
  return target === name || target.startsWith(`${name}/`) || target.startsWith(`${name}.`);
}

/**
 * The import circles of a tree, each as the files in it: none, where every file can be read after those it imports. A file alone is
 * none: what looks like an import of itself is the text of a file that it generates.
 */
export function circles(sources: ReadonlyMap<string, string>): readonly (readonly string[])[] {
  const graph = new Map([...sources].map(([file, source]) => [file, targetsOf(file, source, sources)]));
  const order: string[] = [];
  const seen = new Set<string>();
  for (const file of graph.keys()) visit(graph, file, seen, order);
  const back = new Map([...graph.keys()].map((file) => [file, [] as string[]]));
  for (const [file, targets] of graph) for (const target of targets) back.get(target)?.push(file);
  const taken = new Set<string>();
  const components = order.reverse().map((file) => {
    const component: string[] = [];
    visit(back, file, taken, component);
    return component.sort();
  });
  return components.filter((component) => component.length > 1);
}

/** Files of the tree that a source imports. */
export function targetsOf(file: string, source: string, tree: ReadonlyMap<string, unknown>): string[] {
  const paths = importsOf(source).flatMap((one) => (one.startsWith('.') ? [posix.join(posix.dirname(file), one)] : []));
  return paths.flatMap((path) => [path, `${path}.ts`].filter((one) => tree.has(one)));
}

/** Adds a file and all it reaches that were not seen yet, each after what it reaches. */
function visit(graph: ReadonlyMap<string, readonly string[]>, file: string, seen: Set<string>, order: string[]): void {
  if (seen.has(file)) return;
  seen.add(file);
  for (const target of graph.get(file) ?? []) visit(graph, target, seen, order);
  order.push(file);
}
