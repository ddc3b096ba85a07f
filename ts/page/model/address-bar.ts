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
  #written = '';

  constructor(state: () => PageState, browser: Fragment) {
    this.#state = state;
    this.#browser = browser;
  }

  /** @returns null for an address that names no lab */
  read(): Address | null {
    return readAddress(this.#browser.fragment());
  }

  /** @returns null where the page itself wrote it, too */
  readOfOthers(): Address | null {
    return this.#browser.fragment() === this.#written ? null : this.read();
  }

  /** @returns the address where it names the lab that is shown, null for another */
  readOf(lab: string): Address | null {
    const [asked, { code }] = [this.read(), this.#state()];
    return (code === '' ? asked?.lab === lab : asked?.code === code) ? asked : null;
  }

  write(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const { lab, code, cursor: position, other, selected, tab, view } = this.#state();
      if (lab === null) return;
      this.#written = writeAddress({ lab: lab.lab, code, position, other, selected, tab, axis: view.axis });
      this.#browser.setFragment(this.#written);
    }, WRITE_MS);
  }
}
