import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DECIDING_FOLDERS } from '../scripts/engine-identity.ts';
import { circles, importsOf, LAYERS, layerFaults, roomsTable, targetsOf } from './layers.ts';

const FILES = ['asm', 'ts', 'scripts'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`),
);
const SOURCES = new Map(FILES.filter((file) => !file.endsWith('.spec.ts')).map((file) => [file, readFileSync(file, 'utf8')]));

test('no layer imports one above it, and no room one above it', () => {
  expect(FILES).toContain('ts/model/events/events.ts');
  const layered = [...SOURCES].filter(([file]) => !file.startsWith('scripts/'));
  expect(layered.flatMap(([file, source]) => layerFaults(file, source))).toEqual([]);
});

test('no import circle, imports of types included', () => {
  expect(SOURCES.has('scripts/build.ts')).toBe(true);
  expect(circles(SOURCES)).toEqual([]);
});

test('a layer names only layers below it', () => {
  const up = LAYERS.flatMap(({ at, imports }, number) =>
    imports.filter((one) => LAYERS.findIndex((layer) => one.startsWith(layer.at)) >= number).map((one) => `${at} → ${one}`),
  );
  expect(up).toEqual([]);
});

test('docs/architecture.md shows the rooms of this list', () => {
  const docs = readFileSync('docs/architecture.md', 'utf8');
  const [, table] = /<!-- rooms -->\n([\s\S]*?)\n<!-- \/rooms -->/.exec(docs) ?? [];
  expect(table).toBe(roomsTable([...SOURCES.keys()]));
});

describe("the engine's identity", () => {
  const folders = DECIDING_FOLDERS.map((folder) => `${folder}/`);
  test('covers every layer that decides', () => {
    expect(folders).toEqual(LAYERS.filter(({ decides }) => decides).map(({ at }) => at));
  });
  test('covers every file that the engine imports', () => {
    const reached = new Set<string>();
    const follow = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      for (const target of targetsOf(file, SOURCES.get(file) ?? '', SOURCES)) follow(target);
    };
    follow('ts/engine/replay.ts');
    follow('ts/engine/checks.ts');
    expect(reached).toContain('ts/engine/engine.ts');
    expect(reached).toContain('ts/model/state/ha-state.ts');
    expect([...reached].filter((file) => !folders.some((folder) => file.startsWith(folder)))).toEqual([]);
  });
});

describe('biome.json', () => {
  interface Override {
    readonly includes: readonly string[];
    readonly linter: { readonly rules: { readonly correctness?: object; readonly style?: object } };
  }
  const { overrides } = JSON.parse(readFileSync('biome.json', 'utf8')) as { readonly overrides: readonly Override[] };
  const foldersWith = (group: 'correctness' | 'style', rule: string): string[] => {
    const found = overrides.find(({ linter }) => Object.hasOwn(linter.rules[group] ?? {}, rule));
    return (found?.includes ?? []).filter((one) => one.endsWith('/**')).map((one) => one.slice(0, -'**'.length));
  };
  const inTs = ({ at }: { readonly at: string }): boolean => at.startsWith('ts/');
  test('keeps Node out of every layer that runs in a browser', () => {
    const layers = LAYERS.filter((layer) => layer.runsAnywhere).map(({ at }) => at);
    expect(foldersWith('correctness', 'noNodejsModules').sort()).toEqual([...layers].sort());
  });
  test('keeps clock, chance and locale out of every layer that decides, of the reader of lab files, of the debugger, of pictures and of bundles', () => {
    const layers = LAYERS.filter((layer) => layer.decides && inTs(layer)).map(({ at }) => at);
    expect(foldersWith('style', 'noRestrictedGlobals').sort()).toEqual(
      [...layers, 'ts/topology/', 'ts/debug/', 'ts/picture/', 'ts/bundle/'].sort(),
    );
  });
});

test('every file of asm is in a room', () => {
  const rooms = LAYERS.find(({ at }) => at === 'asm/')?.rooms ?? [];
  const files = [...SOURCES.keys()].filter((file) => file.startsWith('asm/'));
  expect(files).toContain('asm/memory/node.ts');
  expect(files.filter((file) => !rooms.some(({ at }) => file.startsWith(at)))).toEqual([]);
});

test('no file is longer than 350 lines', () => {
  const long = [...SOURCES].filter(([, source]) => source.split('\n').length - 1 > 350).map(([file]) => file);
  expect(long).toEqual([]);
});

describe('the check sees', () => {
  const bad: readonly [name: string, file: string, source: string][] = [
    ['a frame that knows an event', 'ts/wire/arp.ts', "import type { Position } from '../model/events.ts';"],
    ['a model that knows the data plane', 'ts/model/lab.ts', "import { open } from '../dataplane/open.ts';"],
    ['a data plane that knows the engine', 'ts/dataplane/open.ts', "export { run } from '../engine/run.ts';"],
    ['an engine that knows an adapter of the log', 'ts/engine/run.ts', "import { MemoryLog } from '../log/memory.ts';"],
    ['an engine that knows the command line', 'ts/engine/checks.ts', "const { bin } = await import('../cli/bin.ts');"],
    ['a log that knows the engine', 'ts/log/memory.ts', "import {\n  run,\n} from '../engine/run.ts';"],
    ['a page that knows the embedded store', 'ts/page/page.ts', "import { open } from '../log/embedded/open.ts';"],
    ['a service that knows the command line', 'ts/services/serve.ts', "import { bin } from '../cli/bin.ts';"],
    ['a data plane source that knows TypeScript', 'asm/run.ts', "import { x } from '../ts/model/lab/lab';"],
    ['a source that knows a test', 'ts/engine/run.ts', "import { needs } from '../../test/needs.ts';"],
    ['Kafka outside its folder', 'ts/services/serve.ts', "import { Kafka } from 'kafkajs';"],
    ['lmdb outside its folder', 'ts/log/kafka/log.ts', "import { open } from 'lmdb';"],
    ['generated messages outside the codec', 'ts/engine/chain.ts', "import { switchback } from '../../gen/proto/events.js';"],
    ['a source in no layer', 'ts/helpers/misc.ts', ''],
    ['a source in no room', 'ts/model/helpers/misc.ts', ''],
    ['hardware that knows a lab', 'ts/model/hardware/nic.ts', "import type { Lab } from '../lab/lab.ts';"],
    ['a family of agents that knows the dispatcher', 'ts/engine/agents/ha/ha.ts', "import { perform } from '../commands.ts';"],
    ['ports that know SR-IOV', 'ts/engine/agents/ports/carrier.ts', "import { vfAt } from '../sr-iov/vf-channel.ts';"],
    ['memory that knows a frame', 'asm/memory/node.ts', "import { dropFrame } from '../frame/frame';"],
    ['the port of the log that knows an adapter', 'ts/log/checks.ts', "import { Lane } from './kafka/lane.ts';"],
  ];
  test.each(bad)('%s', (_, file, source) => {
    expect(layerFaults(file, source)).toHaveLength(1);
  });
});

describe('the check allows', () => {
  const good: readonly [name: string, file: string, source: string][] = [
    ['a frame that knows an address', 'ts/wire/arp.ts', "import type { Mac } from '../values/mac.ts';"],
    ['an engine that knows the port of the log', 'ts/engine/run.ts', "import type { LogRecord } from '../log/event-log.ts';"],
    ['the codec that knows the messages', 'ts/model/events/codec.ts', "import { switchback } from '../../../gen/proto/events.js';"],
    ['a room that knows the one below', 'ts/model/lab/links.ts', "import { PF } from '../hardware/nic.ts';"],
    ['Kafka in its folder', 'ts/log/kafka/log.ts', "import { Kafka } from 'kafkajs';"],
    ['a spec that knows everything', 'ts/wire/arp.spec.ts', "import { run } from '../engine/run.ts';"],
    ['an import in a comment', 'ts/wire/arp.ts', "/** Not: import { run } from '../engine/run.ts'; */\n// import '../cli/bin.ts';"],
  ];
  test.each(good)('%s', (_, file, source) => {
    expect(layerFaults(file, source)).toEqual([]);
  });
});

test('circles are found, and chains are none', () => {
  const tree = (...arrows: readonly (readonly [string, string])[]) =>
    new Map(arrows.map(([file, target]) => [`ts/${file}.ts`, `import type { X } from './${target}.ts';`]));
  expect(circles(tree(['a', 'b'], ['b', 'c'], ['c', 'a'], ['d', 'a']))).toEqual([['ts/a.ts', 'ts/b.ts', 'ts/c.ts']]);
  expect(circles(tree(['a', 'b'], ['b', 'c'], ['d', 'a']))).toEqual([]);
});

test('imports are found in every form', () => {
  const source = `import a from 'a';
    import type { B } from "b";
    import { c,
      d } from 'c';
    import * as e from 'e';
    import 'f';
    export * from 'g';
    export { h } from 'h';
    const i = await import('i');
    export const from = 'not this';
    import j, { k } from 'j';`;
  expect(importsOf(source)).toEqual(['a', 'b', 'c', 'e', 'f', 'g', 'h', 'i', 'j']);
});
