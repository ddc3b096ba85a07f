/** The address of the browser has two writers: the page, once a moment stays, and whoever types there. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AddressBar } from './address-bar.ts';
import { EMPTY, type PageState } from './page-state.ts';

const LAB = { lab: 'ha', positions: 9, chain: '', endNs: 0, nodes: [], flows: [], changes: [] };
const NO_EVENTS = { atNs: new Float64Array(), cause: new Uint32Array(), lane: new Uint16Array(), mark: new Uint8Array() };

let fragment: string;
let state: PageState;
let bar: AddressBar;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  fragment = '';
  state = { ...EMPTY, lab: { ...LAB, events: NO_EVENTS }, cursor: 3 };
  bar = new AddressBar(() => state, {
    fragment: () => fragment,
    setFragment: (written) => {
      fragment = written;
    },
  });
});
afterEach(() => void vi.useRealTimers());

test('a moment that stays is written, and is no news to the page', () => {
  bar.write();
  vi.runAllTimers();
  expect(fragment).toBe('#/ha@3');
  expect(bar.readOfOthers()).toBeNull();
});

test('what somebody typed is not written over before the page has read it', () => {
  bar.write();
  fragment = '#/other@5';
  vi.runAllTimers();
  expect(fragment).toBe('#/other@5');
  expect(bar.readOfOthers()).toMatchObject({ lab: 'other', position: 5 });
});

test('while a lab is being opened nothing is written over its address', () => {
  bar.write();
  fragment = '#/other@5';
  expect(bar.readOfOthers()).not.toBeNull();
  state = EMPTY;
  vi.runAllTimers();
  expect(fragment).toBe('#/other@5');
});

test('going back at once is read, too, though the page wrote that address itself', () => {
  bar.write();
  vi.runAllTimers();
  fragment = '#/ha@8';
  expect(bar.readOfOthers()).toMatchObject({ position: 8 });
  fragment = '#/ha@3';
  expect(bar.readOfOthers()).toMatchObject({ position: 3 });
});

test('a browser that takes no more addresses for a while is written to again', () => {
  const stubborn = vi.fn();
  const refusing = new AddressBar(() => state, { fragment: () => '', setFragment: stubborn });
  for (let writes = 0; writes < 2; writes++) {
    refusing.write();
    vi.runAllTimers();
  }
  expect(stubborn).toHaveBeenCalledTimes(2);
});
