/** Commands to a living lab: sent to its server with the token, one after the other, and told with what became of them. */
import { type Doing, messageOf } from './doing.ts';
import type { Sent } from './doing-state.ts';
import { type Server, TokenRefused } from './follow.ts';
import type { PageState } from './page-state.ts';

/** Where the token is kept: in this tab alone, and never in the address. */
export interface TokenKeeper {
  /** Empty for none. */
  read(): string;
  write(token: string): void;
}

export interface CommandedPage {
  readonly state: () => PageState;
  readonly doing: Doing;
  readonly server: Server | null;
  readonly token: TokenKeeper;
}

/** Commands that are listed. */
const SENT_MAX = 50;
/** Time runs in such steps, once in so many milliseconds of wall clock. */
const RUN_STEP = 'step 1s';
const RUN_MS = 1000;

export class Commanding {
  readonly #page: CommandedPage;
  #number = 0;

  constructor(page: CommandedPage) {
    this.#page = page;
  }

  /** Whether what is shown lives on a server that takes commands. */
  get isPossible(): boolean {
    return this.#page.server !== null && ['live', 'cut'].includes(this.#page.state().link.status);
  }

  get hasToken(): boolean {
    return this.#page.token.read() !== '';
  }

  /** Keeps the token that is typed. */
  keepToken(): void {
    const { doing, token } = this.#page;
    token.write(doing.state.draft.token.trim());
    doing.type({ token: '' });
  }

  /** Sends what is typed. */
  async sendTyped(): Promise<void> {
    const text = this.#page.doing.state.draft.command.trim();
    if (text === '') return;
    const { status } = await this.send(text);
    if (status === 'done' && this.#page.doing.state.draft.command.trim() === text) this.#page.doing.type({ command: '' });
  }

  /** Sends a command, and says what became of it. */
  async send(text: string): Promise<Sent> {
    const { doing, server, token } = this.#page;
    const lab = this.#page.state().lab?.lab;
    const sent: Sent = { number: ++this.#number, text, status: 'asked', detail: '' };
    doing.set({ sent: [sent, ...doing.state.sent].slice(0, SENT_MAX) });
    const became = await this.#outcomeOf(server, lab, text, token);
    const told = { ...sent, ...became };
    doing.set({ sent: doing.state.sent.map((one) => (one.number === sent.number ? told : one)) });
    return told;
  }

  async #outcomeOf(
    server: Server | null,
    lab: string | undefined,
    text: string,
    token: TokenKeeper,
  ): Promise<Pick<Sent, 'status' | 'detail'>> {
    if (server === null || lab === undefined) return { status: 'failed', detail: 'what is shown is no living lab' };
    try {
      return await server.send(lab, text, token.read());
    } catch (error) {
      // A token that is wrong is asked for again.
      if (error instanceof TokenRefused) token.write('');
      return { status: 'failed', detail: messageOf(error) };
    }
  }

  /** Lets time go forward, as fast as it passes here, until it is paused, the lab refuses it, or another lab is shown. */
  async run(): Promise<void> {
    const { doing } = this.#page;
    const lab = this.#page.state().lab?.lab;
    doing.set({ isRunning: true });
    while (doing.state.isRunning && this.isPossible && this.#page.state().lab?.lab === lab) {
      const [{ status }] = await Promise.all([this.send(RUN_STEP), new Promise<void>((resolve) => setTimeout(resolve, RUN_MS))]);
      if (status !== 'done') break;
    }
    doing.set({ isRunning: false });
  }

  pause(): void {
    this.#page.doing.set({ isRunning: false });
  }
}
