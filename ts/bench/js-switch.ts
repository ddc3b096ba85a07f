/** The JavaScript baseline of the forwarding benchmark: one learning switch, as in bench/forward.c, on the structures of js-lab.ts. */
import { Block, LAYOUT, swap } from './js-layout.ts';
import { JsTester } from './js-tester.ts';
import { ACCESS_VLAN, type SwitchShape } from './shape.ts';

const { B, B_WORDS, DEFINITION, MAC_FIRST, N, P, P_WORDS, PORT_BLOCKED, PORT_DISABLED, PORT_UP, VLAN_TAGGED } = LAYOUT;
const NODE_SWITCH = 2;
const NODE_INSPECTS_ARP = 8;
const VLAN_TRUNK = 4095;
const AGEING_NS = 300e9;
const STATIC = Number.MAX_VALUE;
const F_WORDS = 8;
const F = { high: 0, low: 1, port: 2, cause: 3, d_seen: 2 } as const;

export class JsSwitch extends JsTester {
  readonly #stations: number;
  readonly #slots: number;
  readonly #f: Int32Array;
  readonly #fd: Float64Array;
  #port = 0;
  #entries = 0;
  /** Addresses that moved to another port. */
  moved = 0;

  constructor({ ports, stations }: Pick<SwitchShape, 'ports' | 'stations'>) {
    super(NODE_SWITCH, ports, ACCESS_VLAN);
    this.#stations = stations;
    this.#slots = Math.max(16, stations * 2);
    ({ words: this.#f, doubles: this.#fd } = new Block(this.#slots, F_WORDS));
    for (let station = 0; station < stations; station++) {
      this.#learn(keyHigh(ACCESS_VLAN, MAC_FIRST), swap(station) << 16, station & (ports - 1), DEFINITION);
    }
  }

  /** Polls ports in turn, so many of them. */
  polls(polls: number, burst: number): void {
    const { ports } = this;
    for (let i = 0; i < polls; i++) {
      const port = this.#port;
      this.#port = (port + 1) & (ports - 1);
      for (let k = 0; k < burst; k++) this.#bear(port);
      this.burst(port, burst);
      this.drain(ports + port);
    }
  }

  // ── The table ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #slotOf(high: number, low: number): number {
    const f = this.#f;
    const mask = this.#slots - 1;
    // A product of 32 bits mixes upwards only, so the upper half comes down first and the slot is taken from the top.
    let slot = (Math.imul(low ^ (low >>> 16) ^ high, 0x9e3779b1) >>> 12) & mask;
    while (true) {
      const found = f[slot * F_WORDS + F.high] as number;
      if (found === 0 || (found === high && f[slot * F_WORDS + F.low] === low)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isExpired(slot: number): boolean {
    const seen = this.#fd[slot * (F_WORDS / 2) + F.d_seen] as number;
    return seen !== STATIC && seen + AGEING_NS <= this.nowNs;
  }

  /** Port of a key, or -1. */
  #find(high: number, low: number): number {
    const slot = this.#slotOf(high, low);
    return this.#f[slot * F_WORDS + F.high] === 0 || this.#isExpired(slot) ? -1 : (this.#f[slot * F_WORDS + F.port] as number);
  }

  #learn(high: number, low: number, port: number, cause: number): void {
    const f = this.#f;
    const fd = this.#fd;
    const { p, nowNs } = this;
    const slot = this.#slotOf(high, low);
    const at = slot * F_WORDS;
    const seen = slot * (F_WORDS / 2) + F.d_seen;
    if (f[at + F.high] === high) {
      if (fd[seen] === STATIC) return;
      if (f[at + F.port] !== port) {
        if (!this.#isExpired(slot)) this.moved++;
        const old = (f[at + F.port] as number) * P_WORDS + P.learnCount;
        p[old] = (p[old] as number) - 1;
        p[port * P_WORDS + P.learnCount] = (p[port * P_WORDS + P.learnCount] as number) + 1;
        f[at + F.port] = port;
        f[at + F.cause] = cause;
      }
      fd[seen] = nowNs;
      return;
    }
    if (this.#entries >= this.#stations) return;
    this.#entries++;
    p[port * P_WORDS + P.learnCount] = (p[port * P_WORDS + P.learnCount] as number) + 1;
    f[at + F.high] = high;
    f[at + F.low] = low;
    f[at + F.port] = port;
    f[at + F.cause] = cause;
    fd[seen] = nowNs;
  }

  // ── The switch ────────────────────────────────────────────────────────────────────────────────────────────────────

  #isAccess(index: number): boolean {
    const vlan = this.p[index * P_WORDS + P.vlan];
    return vlan !== 0 && vlan !== VLAN_TRUNK;
  }

  #tagFor(index: number, vid: number, vlan: number): number {
    return !this.#isAccess(index) && vid !== 0 ? VLAN_TAGGED | (vlan & 0xe000) | vid : 0;
  }

  protected forward(index: number, buffer: number, vlan: number): void {
    const { b, bh, p, n } = this;
    const port = index * P_WORDS;
    const tag = (vlan & VLAN_TAGGED) !== 0 ? vlan & 0xfff : 0;
    const access = this.#isAccess(index);
    if (((p[port + P.flags] as number) & (PORT_BLOCKED | PORT_DISABLED)) !== 0 || (access && tag !== 0)) {
      this.drop(buffer, index);
      return;
    }
    if (p[port + P.arpLimit] !== 0 || ((n[N.flags] as number) & NODE_INSPECTS_ARP) !== 0) throw new Error('no ARP is inspected');
    const vid = access ? (p[port + P.vlan] as number) : tag;
    const bytes = (buffer * B_WORDS + B.bytes) * 2;
    const source = bh[bytes + 3] as number;
    if ((source & 1) === 0) {
      if (p[port + P.learnLimit] !== 0) throw new Error('no port is limited');
      const low = ((bh[bytes + 5] as number) << 16) | (bh[bytes + 4] as number);
      this.#learn(keyHigh(vid, source), low, index, b[buffer * B_WORDS + B.cause] as number);
    }
    const destination = bh[bytes] as number;
    const low = ((bh[bytes + 2] as number) << 16) | (bh[bytes + 1] as number);
    const known = (destination & 1) !== 0 ? -1 : this.#find(keyHigh(vid, destination), low);
    if (known < 0) this.#flood(index, buffer, vlan, vid);
    else if (known === index) this.drop(buffer, index);
    else this.send(known, buffer, this.#tagFor(known, vid, vlan));
  }

  #flood(index: number, buffer: number, vlan: number, vid: number): void {
    const { b, p } = this;
    let recipients = 0;
    for (let i = 0; i < this.ports; i++) {
      if (i === index || ((p[i * P_WORDS + P.flags] as number) & PORT_UP) === 0) continue;
      if (this.#isAccess(i) && p[i * P_WORDS + P.vlan] !== vid) continue;
      b[buffer * B_WORDS + B.refs] = (b[buffer * B_WORDS + B.refs] as number) + 1;
      this.send(i, buffer, this.#tagFor(i, vid, vlan));
      recipients++;
    }
    if (recipients === 0) {
      this.drop(buffer, index);
      return;
    }
    this.copy(0, recipients - 1);
    this.letGo(buffer);
  }

  #bear(port: number): void {
    const { ports } = this;
    const stations = this.#stations;
    const x = this.draw();
    const mask = ports - 1;
    const from = (x & 0xffff & (stations - 1) & ~mask) | port;
    let to = (x >>> 16) & (stations - 1);
    if ((to & mask) === port) to ^= 1;
    const buffer = this.bearFrame(ports + port);
    this.address(buffer, to, from);
    this.send(ports + port, buffer, 0);
  }
}

/** The upper half of a table key: in use, VLAN, the first half word of the address as it lies in the frame. */
function keyHigh(vid: number, first: number): number {
  return 0x80000000 | (vid << 16) | first;
}
