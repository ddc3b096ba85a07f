/** Writes the moment that is shown into the address, once it stays. */
import { writeAddress } from './address.ts';
import type { PageState } from './page-state.ts';

/** Browsers count each change of the address as a navigation and refuse too many. */
const SAY_MS = 250;

export class Said {
  readonly #state: () => PageState;
  readonly #setFragment: (fragment: string) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(state: () => PageState, setFragment: (fragment: string) => void) {
    this.#state = state;
    this.#setFragment = setFragment;
  }

  say(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const { lab, code, cursor: position, other, selected, tab, view } = this.#state();
      if (lab === null) return;
      this.#setFragment(writeAddress({ lab: lab.lab, code, position, other, selected, tab, axis: view.axis }));
    }, SAY_MS);
  }
}
