/** Follows a living lab: events come one by one, and are handed on in pieces, one piece after the other. */
import type { Json } from '../ask/questions.ts';

/** A server of living labs, as the page sees it. */
export interface Server {
  /** Lets this browser read, where the server tells labs to those alone who have a token. @throws TokenRefused for one that it does not know */
  admit(token: string): Promise<void>;
  /** Names of its labs. @throws TokenRefused where reading takes a token; Error */
  labs(): Promise<readonly string[]>;
  /** A lab's bundle. @throws as "labs" */
  bundle(lab: string): Promise<Uint8Array>;
  /** How its picture is laid out; null where the server does not say. @throws Error */
  layout(lab: string): Promise<Json | null>;
  /** Its events from a position on, as they come. Returns what ends it. */
  events(lab: string, from: number, sink: EventSink): () => void;
  /** Gives a lab a command, and says what became of it. @throws TokenRefused; Error with what the server says */
  send(lab: string, command: string, token: string): Promise<CommandOutcome>;
  /** Changes how time goes in a lab that follows the clock. @throws as "send" */
  setClock(lab: string, change: ClockChange, token: string): Promise<CommandOutcome>;
}

export interface ClockChange {
  readonly paused?: boolean;
  /** "0.5x". */
  readonly pace?: string;
}

export interface CommandOutcome {
  /** `pending`: handed over, and not settled when the server stopped waiting for it. */
  readonly status: 'done' | 'refused' | 'pending';
  readonly detail: string;
}

/** The server takes no changes, or tells nothing, without a token or with this one. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused';
}

export interface EventSink {
  readonly event: (json: string) => void;
  /** `cut`: the connection was lost, and is being tried again. `ended`: the lab was removed. */
  readonly state: (state: 'live' | 'cut' | 'ended') => void;
}

/** The shortest time between two pieces, ms: each is worked into everything that is shown. */
const PIECE_MS = 250;

export class Following {
  readonly #append: (events: readonly Json[]) => Promise<void>;
  readonly #end: () => void;
  #waiting: Json[] = [];
  #isBusy = false;
  #isOver = false;

  /** @param append takes a piece; when it rejects, following is over */
  constructor(
    server: Server,
    lab: string,
    from: number,
    append: (events: readonly Json[]) => Promise<void>,
    onState: (state: 'live' | 'cut' | 'ended') => void,
  ) {
    this.#append = append;
    this.#end = server.events(lab, from, {
      event: (json) => {
        this.#waiting.push(JSON.parse(json) as Json);
        void this.#work();
      },
      state: (state) => {
        if (!this.#isOver) onState(state);
      },
    });
  }

  end(): void {
    this.#isOver = true;
    this.#end();
  }

  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#waiting.length > 0 && !this.#isOver) {
      await new Promise((resolve) => setTimeout(resolve, PIECE_MS));
      const piece = this.#waiting;
      this.#waiting = [];
      try {
        if (!this.#isOver) await this.#append(piece);
      } catch {
        // Who appends tells why; nothing that comes after it can follow.
        this.end();
      }
    }
    this.#isBusy = false;
  }
}
