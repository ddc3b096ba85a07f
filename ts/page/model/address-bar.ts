/** The browser's address: what somebody wrote there is read, and the moment that is shown is written, once it stays. */
import { type Address, readAddress, writeAddress } from './address.ts';
import type { PageState } from './page-state.ts';

/** Browsers count each change of the address as a navigation and refuse too many. */
const WRITE_MS = 250;

/** The part of the address behind "#", as the browser has it. */
export interface Fragment {
  readonly fragment: () => string;
  readonly setFragment: (fragment: string) => void;
}

export class AddressBar {
  readonly #state: () => PageState;
  readonly #browser: Fragment;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What the page read or wrote last. */
  #known = '';

  constructor(state: () => PageState, browser: Fragment) {
    this.#state = state;
    this.#browser = browser;
  }

  /** @returns null for an address that names no lab */
  read(): Address | null {
    this.#known = this.#browser.fragment();
    return readAddress(this.#known);
  }

  /** @returns null where the page has read or written it already, too */
  readOfOthers(): Address | null {
    return this.#browser.fragment() === this.#known ? null : this.read();
  }

  /** @returns the address where it names the lab that is shown, null for another */
  readOf(lab: string): Address | null {
    const [asked, { code }] = [readAddress(this.#browser.fragment()), this.#state()];
    return (code === '' ? asked?.lab === lab : asked?.code === code) ? asked : null;
  }

  /** Writes the moment that is shown, once it stays. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#writeNow(), WRITE_MS);
  }

  #writeNow(): void {
    const { lab, code, cursor: position, other, selected, tab, view } = this.#state();
    // What somebody has just written there comes first: the browser has it, and is about to tell of it.
    if (lab === null || this.#browser.fragment() !== this.#known) return;
    this.#browser.setFragment(writeAddress({ lab: lab.lab, code, position, other, selected, tab, axis: view.axis }));
    // Not what was written: a browser that is asked too often leaves its address as it is.
    this.#known = this.#browser.fragment();
  }
}
