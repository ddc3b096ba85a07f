import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { importsOf, layerFaults } from './layers.ts';

const SOURCES = ['asm', 'ts'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`),
);

test('no source imports from a layer above it', () => {
  expect(SOURCES).toContain('ts/model/events/events.ts');
  expect(SOURCES.flatMap((file) => layerFaults(file, readFileSync(file, 'utf8')))).toEqual([]);
});

describe('the check sees', () => {
  const bad: readonly [name: string, file: string, source: string][] = [
    ['a frame that knows an event', 'ts/wire/arp.ts', "import type { Position } from '../model/events.ts';"],
    ['a model that knows the data plane', 'ts/model/lab.ts', "import { open } from '../dataplane/open.ts';"],
    ['a data plane that knows the engine', 'ts/dataplane/open.ts', "export { run } from '../engine/run.ts';"],
    ['an engine that knows an adapter of the log', 'ts/engine/run.ts', "import { MemoryLog } from '../log/memory.ts';"],
    ['an engine that knows the command line', 'ts/engine/checks.ts', "const { bin } = await import('../cli/bin.ts');"],
    ['a log that knows the engine', 'ts/log/memory.ts', "import {\n  run,\n} from '../engine/run.ts';"],
    ['a page that knows the embedded store', 'ts/web/page.ts', "import { open } from '../log/embedded/open.ts';"],
    ['a service that knows the command line', 'ts/services/serve.ts', "import { bin } from '../cli/bin.ts';"],
    ['a data plane source that knows TypeScript', 'asm/run.ts', "import { x } from '../ts/model/lab/lab';"],
    ['a source that knows a test', 'ts/engine/run.ts', "import { needs } from '../../test/needs.ts';"],
    ['Kafka outside its folder', 'ts/services/serve.ts', "import { Kafka } from 'kafkajs';"],
    ['lmdb outside its folder', 'ts/log/kafka/log.ts', "import { open } from 'lmdb';"],
    ['generated messages outside the codec', 'ts/engine/chain.ts', "import { switchback } from '../../gen/proto/events.js';"],
    ['a source in no layer', 'ts/helpers/misc.ts', ''],
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
    ['Kafka in its folder', 'ts/log/kafka/log.ts', "import { Kafka } from 'kafkajs';"],
    ['a spec that knows everything', 'ts/wire/arp.spec.ts', "import { run } from '../engine/run.ts';"],
    ['an import in a comment', 'ts/wire/arp.ts', "/** Not: import { run } from '../engine/run.ts'; */\n// import '../cli/bin.ts';"],
  ];
  test.each(good)('%s', (_, file, source) => {
    expect(layerFaults(file, source)).toEqual([]);
  });
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
