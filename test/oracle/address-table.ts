/** What a switch has learned: where it heard each address of each VLAN last. Aged entries are thrown out before any look. */
import type { Mac } from '../../ts/values/mac.ts';
import type { Moves, PortName } from './switch-model.ts';

export interface Learned {
  readonly vlan: number;
  readonly mac: Mac;
  readonly port: PortName;
  readonly seenNs: number;
}

export class AddressTable {
  readonly #moves = new Map<string, Moves>();
  #entries = new Map<string, Learned>();
  readonly #ageingNs: number;

  constructor(ageingNs: number) {
    this.#ageingNs = ageingNs;
  }

  /** Entries not heard for the ageing time are gone from here on. */
  forgetAged(nowNs: number): void {
    for (const [key, entry] of this.#entries) if (nowNs - entry.seenNs >= this.#ageingNs) this.#entries.delete(key);
  }

  forget(vlan: number, mac: Mac): void {
    this.#entries.delete(keyOf(vlan, mac));
  }

  forgetBehind(port: PortName): void {
    for (const [key, entry] of this.#entries) if (entry.port === port) this.#entries.delete(key);
  }

  forgetAll(): void {
    this.#entries = new Map();
  }

  find(vlan: number, mac: Mac): Learned | null {
    return this.#entries.get(keyOf(vlan, mac)) ?? null;
  }

  /** Enters an address, refreshes it, or moves it. */
  learn(entry: Learned): void {
    const known = this.find(entry.vlan, entry.mac);
    if (known !== null && known.port !== entry.port) this.#countMove(entry, known.port);
    this.#entries.set(keyOf(entry.vlan, entry.mac), entry);
  }

  /** A live entry changed its port. */
  #countMove({ vlan, mac, port }: Learned, from: PortName): void {
    const times = (this.#moves.get(keyOf(vlan, mac))?.times ?? 0) + 1;
    this.#moves.set(keyOf(vlan, mac), { vlan, mac, times, from, to: port });
  }

  get moves(): readonly Moves[] {
    return [...this.#moves.values()];
  }

  get moved(): number {
    return this.moves.reduce((sum, { times }) => sum + times, 0);
  }

  get size(): number {
    return this.#entries.size;
  }

  behind(port: PortName): number {
    return this.rows().filter((entry) => entry.port === port).length;
  }

  rows(): readonly Learned[] {
    return [...this.#entries.values()];
  }
}

function keyOf(vlan: number, mac: Mac): string {
  return `${vlan} ${mac}`;
}
