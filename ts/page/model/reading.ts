/** A lab while it is read, and while it lives: each piece that comes is shown, and the cursor goes where the address says as soon as that is there. */
import type { LabPiece, OpenedLab } from '../ask/questions.ts';
import { reachOf, whole } from '../timeline/view.ts';
import type { Address } from './address.ts';
import { GrowingLab } from './growing-lab.ts';
import { nodeOf, type PageState } from './page-state.ts';

/** The page, as far as reading needs it. */
export interface ReadingPage {
  readonly state: () => PageState;
  readonly set: (change: Partial<PageState>) => void;
  readonly moveTo: (position: number) => void;
  readonly setOther: (position: number) => void;
  /** The moment that the browser's address names; null for none of this lab. */
  readonly addressOf: (lab: OpenedLab) => Address | null;
}

export class Reading {
  readonly #page: ReadingPage;
  readonly #growing = new GrowingLab();
  /** Where the address leads, until that is there or somebody moves; null for nowhere. */
  #wanted: Pick<Address, 'position' | 'other'> | null = null;
  /** Where the cursor was put at last. */
  #put = 0;
  /** Ends when the first piece is shown, which is sooner where the processor has nothing else to do until then. */
  readonly begun: Promise<void>;
  #hasBegun: () => void = () => undefined;

  constructor(page: ReadingPage) {
    this.#page = page;
    this.begun = new Promise((resolve) => {
      this.#hasBegun = resolve;
    });
  }

  /** Shows more of the lab. A cursor at the end stays at the end; any other stays where it is. */
  take(piece: LabPiece): void {
    const { lab: before, cursor } = this.#page.state();
    const lab = this.#growing.take(piece);
    if (before === null) {
      this.#begin(lab);
      return;
    }
    this.#page.set(grownTo(lab, this.#page.state()));
    if (cursor !== this.#put) this.#wanted = null;
    if (this.#wanted !== null) this.#arrive(lab.positions);
    else if (cursor === before.positions) this.#move(lab.positions);
  }

  /** All is read, and was sound. */
  end(): void {
    const { lab, cursor } = this.#page.state();
    this.#page.set({ isReading: false, proof: { status: 'running', proven: 0, of: lab?.positions ?? 0 } });
    if (cursor === this.#put) this.#arrive(Number.POSITIVE_INFINITY);
    this.#wanted = null;
  }

  #begin(lab: OpenedLab): void {
    const address = this.#page.addressOf(lab);
    this.#wanted = address;
    this.#page.set(begunWith(lab, address));
    this.#move(lab.positions);
    this.#arrive(lab.positions);
    this.#hasBegun();
  }

  /** @param end up to where the lab is there */
  #arrive(end: number): void {
    if (this.#wanted === null) return;
    const { position, other } = this.#wanted;
    if (Math.max(position ?? 0, other ?? 0) > end) return;
    this.#wanted = null;
    if (other !== null) this.#page.setOther(other);
    if (position !== null) this.#move(position);
  }

  #move(position: number): void {
    this.#page.moveTo(position);
    this.#put = this.#page.state().cursor;
  }
}

function begunWith(lab: OpenedLab, address: Address | null): Partial<PageState> {
  const axis = address?.axis ?? 'time';
  const reach = reachOf(axis, lab.positions, lab.endNs);
  const isNode = lab.nodes.some(({ name }) => name === nodeOf(address?.selected ?? null));
  const selected = isNode ? (address?.selected ?? null) : null;
  return { phase: 'open', isReading: true, lab, selected, tab: address?.tab ?? 'state', view: whole(axis, reach), reach };
}

/** A view of all of a lab goes on to show all of it. */
function grownTo(lab: OpenedLab, { view, reach }: PageState): Partial<PageState> {
  const longer = reachOf(view.axis, lab.positions, lab.endNs);
  const showsAll = view.from <= reach.from && view.to >= reach.to;
  return { lab, reach: longer, view: showsAll ? whole(view.axis, longer) : view };
}
