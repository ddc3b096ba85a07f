/** The way into a server that tells of its labs to those alone who have a token. */
import { type Doing, messageOf } from './doing.ts';
import type { Server } from './follow.ts';
import type { PageState } from './page-state.ts';

/** The page, as far as it can be locked. */
export interface LockedPage {
  readonly doing: Doing;
  readonly set: (change: Partial<PageState>) => void;
  readonly begin: () => Promise<void>;
}

export class Admission {
  readonly #page: LockedPage;
  readonly #server: Server | null;

  constructor(page: LockedPage, server: Server | null) {
    this.#page = page;
    this.#server = server;
  }

  /** Gives the server the token that is typed, which is forgotten here; what the page was to open, it opens then. */
  async give(): Promise<void> {
    const { doing } = this.#page;
    const token = doing.state.draft.token.trim();
    doing.type({ token: '' });
    try {
      await this.#server?.admit(token);
    } catch (error) {
      this.#page.set({ locked: messageOf(error) });
      return;
    }
    await this.#page.begin();
  }
}
