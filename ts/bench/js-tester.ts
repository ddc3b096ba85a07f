/** The tester beyond the links of a JavaScript baseline, as in bench/lab.h: it draws stations, addresses frames and takes what arrives. */
import { JsLab } from './js-lab.ts';
import { fold, LAYOUT, swap } from './js-layout.ts';
import { type Delivered, type Forwarder, SEED } from './shape.ts';

const { B, B_WORDS, D, D_WORDS, L, L_WORDS, MAC_FIRST, N, N_WORDS, P, P_WORDS } = LAYOUT;

export abstract class JsTester extends JsLab implements Forwarder {
  #random = SEED | 0;
  #digest = 0;
  #frames = 0;

  abstract polls(polls: number, burst: number): void;

  /** What was delivered so far, order included. */
  result(): Delivered {
    return { frames: this.#frames, digest: this.#digest >>> 0, dropped: this.dropped };
  }

  /** xorshift32. */
  protected draw(): number {
    let x = this.#random;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#random = x;
    return x;
  }

  /** Puts the addresses of two stations into a frame. Returns where its half words begin. */
  protected address(buffer: number, to: number, from: number): number {
    const { bh } = this;
    const bytes = (buffer * B_WORDS + B.bytes) * 2;
    bh[bytes] = MAC_FIRST;
    bh[bytes + 1] = 0;
    bh[bytes + 2] = swap(to);
    bh[bytes + 3] = MAC_FIRST;
    bh[bytes + 4] = 0;
    bh[bytes + 5] = swap(from);
    return bytes;
  }

  /** Takes everything that waits for a tester port, in order. */
  protected drain(index: number): void {
    const { bd, bh, d, dd, l, p, nd } = this;
    const link = index * L_WORDS;
    const to = l[link + L.to] as number;
    const received = (p[to * P_WORDS + P.node] as number) * (N_WORDS / 2) + N.d_received;
    while (l[link + L.head] !== 0) {
      const at = ((l[link + L.head] as number) - 1) * D_WORDS;
      const atNs = dd[(at >>> 1) + D.d_atNs] as number;
      if (atNs > this.nowNs) this.nowNs = atNs;
      const vlan = d[at + D.vlan] as number;
      const buffer = this.takeArrival(link);
      nd[received] = (nd[received] as number) + 1;
      const number = bd[((buffer * B_WORDS) >>> 1) + B.d_number] as number;
      const bytes = (buffer * B_WORDS + B.bytes) * 2;
      const sourceTail = ((bh[bytes + 5] as number) << 16) | (bh[bytes + 4] as number);
      this.#digest = fold(this.#digest, number + (to << 20) + vlan + sourceTail);
      this.#frames++;
      this.deliver(buffer, to);
    }
  }
}
