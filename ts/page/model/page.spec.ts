/**
 * The page without its looks and without a browser: its workers are desks in this process, and its server answers when the test says so.
 *
 *   two labs asked for ─► two answers, in either order ─► the one that was asked for last is shown, and followed once
 */
import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { cabledHosts, recordsOf } from '../../../test/support/recorded-lab.ts';
import { bundleOf } from '../../../test/web/bundles.ts';
import { engineIdentity } from '../../services/engine/host.ts';
import type { Asked, FromWorker } from '../ask/questions.ts';
import type { WorkerPort } from '../ask/worker-line.ts';
import { Desk } from '../worker/desk.ts';
import type { Server } from './follow.ts';
import { Page } from './page.ts';

const WASM = new URL('../../../gen/dataplane/dataplane.core.wasm', import.meta.url);

const bundles = new Map<string, Uint8Array>();
beforeAll(async () => {
  const records = recordsOf(cabledHosts('duration: 1s'));
  for (const name of ['first', 'second']) bundles.set(name, (await bundleOf(name, records)).bytes);
});

/** Lets the server answer with a lab's bundle, by name: each question of it in its turn. */
let answers: { readonly lab: string; readonly give: () => void }[];
/** Labs whose events are followed, by name. */
let followed: string[];
let fragment: string;
/** Ends when the data plane has come over the network. */
let wasmCame: Promise<void>;
let page: Page;
beforeEach(() => {
  [answers, followed, fragment, wasmCame] = [[], [], '', Promise.resolve()];
  const setFragment = (written: string): void => {
    fragment = written;
  };
  page = new Page({
    newWorker: deskPort,
    wasm: async () => {
      await wasmCame;
      return new Uint8Array(readFileSync(WASM));
    },
    rules: async () => null,
    identity: engineIdentity(),
    server: server(),
    token: { read: () => '', write: () => undefined },
    isCalm: () => true,
    fragment: () => fragment,
    setFragment,
  });
});
// Ends its workers, and what they would still ask for.
afterEach(() => page.fail(new Error('the test is over')));

function server(): Server {
  const never = (): never => {
    throw new Error('nobody asks for this here');
  };
  return {
    bundle: (lab) => new Promise((resolve) => answers.push({ lab, give: () => resolve(bundles.get(lab) ?? never()) })),
    events: (lab) => {
      followed.push(lab);
      return () => void followed.splice(followed.indexOf(lab), 1);
    },
    layout: async () => null,
    labs: async () => [...bundles.keys()],
    admit: never,
    send: never,
    setClock: never,
  };
}

/** A worker's port to a desk of this process. */
function deskPort(): WorkerPort {
  let isEnded = false;
  const say = (data: FromWorker): void => {
    if (!isEnded) port.onmessage?.({ data } as MessageEvent);
  };
  const slicing = { nowMs: () => performance.now(), pause: () => new Promise<void>((resolve) => setImmediate(resolve)) };
  const desk = new Desk(slicing, {
    proof: (proof) => say({ kind: 'proof', proof }),
    piece: (piece) => say({ kind: 'piece', piece }),
  });
  const port: WorkerPort = {
    onmessage: null,
    onerror: null,
    terminate: () => {
      isEnded = true;
    },
    postMessage: (asked) => {
      const { id, question, ask } = asked as Asked;
      void desk.answer(question, ask).then(
        (answer) => say({ kind: 'answer', id, answer }),
        ({ name, message }: Error) => say({ kind: 'refusal', id, name, message }),
      );
    },
  };
  return port;
}

/** Lets the server answer the last question for a lab that it has not answered yet. */
function give(lab: string): void {
  const at = answers.findLastIndex((one) => one.lab === lab);
  answers.splice(at, 1)[0]?.give();
}

test.each([
  ['in their order', ['first', 'second']],
  ['the later one sooner', ['second', 'first']],
] as const)(
  'of two labs that are opened, the one that was asked for last is shown and followed; answers come %s',
  async (_, order) => {
    const opened = [page.openLiving('first'), page.openLiving('second')];
    for (const lab of order) give(lab);
    expect(await Promise.all(opened)).toEqual([false, true]);
    expect([page.state.lab?.lab, followed]).toEqual(['second', ['second']]);
  },
);

test('a lab that is asked for twice is followed once', async () => {
  const opened = [page.openLiving('first'), page.openLiving('first')];
  for (let answer = 0; answer < 2; answer++) give('first');
  expect(await Promise.all(opened)).toEqual([false, true]);
  expect(followed).toEqual(['first']);
});

test('an address that somebody writes is that of the lab until the server has answered, and its moment is shown', async () => {
  const opened = page.openLiving('first');
  give('first');
  await opened;
  fragment = '#/second@1?tab=do';
  page.readdress();
  // Somebody still has a hand on the keys.
  page.moveTo(1);
  expect(page.state.lab).toBeNull();
  give('second');
  await expect.poll(() => page.state.lab?.lab).toBe('second');
  expect([page.state.cursor, page.state.tab]).toEqual([1, 'do']);
  await expect.poll(() => followed).toEqual(['second']);
});

test('a cursor that rests before the data plane has come is answered when it has', async () => {
  let come: () => void = () => undefined;
  wasmCame = new Promise((resolve) => {
    come = resolve;
  });
  const opened = page.openLiving('first');
  give('first');
  await expect.poll(() => page.state.lab?.lab).toBe('first');
  // All of it is read when it can be taken away.
  await page.doing.bundle();
  page.show('state');
  come();
  await opened;
  await expect.poll(() => page.state.derived.status).toBe('there');
});
