/** Questions of which only the newest counts: while one is asked, those that come after it wait, and only the last of them is asked. */
export class Latest<A> {
  readonly #ask: (what: A) => Promise<void>;
  #isAsking = false;
  #next: { readonly what: A } | null = null;

  /** @param ask shall not reject: it tells its own failures */
  constructor(ask: (what: A) => Promise<void>) {
    this.#ask = ask;
  }

  want(what: A): void {
    this.#next = { what };
    if (!this.#isAsking) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isAsking = true;
    for (let next = this.#next; next !== null; next = this.#next) {
      this.#next = null;
      await this.#ask(next.what);
    }
    this.#isAsking = false;
  }
}
