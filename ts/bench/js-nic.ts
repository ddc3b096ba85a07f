/** The JavaScript baseline of the NIC benchmarks: the embedded switch as in bench/nic.c, on the structures of js-lab.ts. */
import { Block, fold, LAYOUT, swap } from './js-layout.ts';
import { fillRss, hashFrame, RSS_WORDS } from './js-rss.ts';
import { JsTester } from './js-tester.ts';
import { ACCESS_VLAN, type Delivered, FIRST_VF, HASHED, type NicShape, PF, RSS_ENTRIES, RSS_KEY, WIRE } from './shape.ts';

const { B, B_WORDS, MAC_FIRST, P, P_WORDS, VLAN_TAGGED } = LAYOUT;
const NODE_NIC = 4;
const NIC_VEPA = 1;
const NIC_PRUNES = 2;
const NIC_OPEN = 4;
const NIC_DEFAULT_POOL = 8;
const POOL_RX = 1;
const POOL_TX = 2;
const POOL_BROADCAST = 4;
const POOL_SPOOF_CHECK = 64;
const SEVERAL = 0x8000_0000 | 0;
const VID_MASK = 0xfff;
const NONE = -1;

/** A function: words, then its VLANs as bits, then the frames of each queue as doubles. */
const Q_WORDS = 192;
const Q = { flags: 0, portVlan: 1, queues: 2, enabled: 3, lastHash: 4, vlans: 16, d_frames: 72 } as const;
/** An address: both halves of its key, the port that has it, the event behind it. */
const A_WORDS = 4;
const A = { high: 0, low: 1, port: 2, cause: 3 } as const;

export class JsNic extends JsTester {
  readonly #shape: NicShape;
  readonly #slots: number;
  readonly #a: Int32Array;
  readonly #q: Int32Array;
  readonly #qd: Float64Array;
  readonly #rss: Int32Array;
  readonly #flags = NIC_DEFAULT_POOL;
  readonly #listeners = 0;
  /** Frames that a VF may not send (rule VF-07). */
  spoofed = 0;
  #turn = 0;
  #hashDigest = 0;
  #hashCount = 0;

  constructor(shape: NicShape) {
    const { ports, stations } = shape;
    super(NODE_NIC, ports, 0);
    this.#shape = shape;
    this.#slots = Math.max(16, stations * 2);
    ({ words: this.#a } = new Block(this.#slots, A_WORDS));
    ({ words: this.#q, doubles: this.#qd } = new Block(ports, Q_WORDS));
    this.#rss = new Int32Array(ports * RSS_WORDS);
    this.#setUpPool(PF, POOL_RX | POOL_TX | POOL_BROADCAST, 0, 1);
    for (let vf = 0; vf < stations; vf++) this.#setUpVf(vf);
  }

  /** Polls wire and VFs in turn, as asm/bench/bench-nic.ts does. */
  polls(polls: number, burst: number): void {
    const { ports, stations, hasWire } = this.#shape;
    for (let i = 0; i < polls; i++) {
      const port = this.#nextPort();
      const isWire = port === WIRE;
      const first = isWire ? stations : port - FIRST_VF;
      const others = isWire ? stations - 1 : 0;
      const reach = isWire || !hasWire ? stations - 1 : stations * 2 - 1;
      for (let k = 0; k < burst; k++) {
        const x = this.draw();
        const from = first | (x & others);
        const to = (x >>> 16) & reach;
        this.#bear(port, from, to === from ? to ^ 1 : to, x);
      }
      this.burst(port, burst);
      this.drain(ports + port);
    }
  }

  /** Hashes so many frames with the first VF's key. */
  hashes(count: number): void {
    const rss = this.#rss;
    const port = this.#shape.ports + FIRST_VF;
    const at = FIRST_VF * RSS_WORDS;
    const hashed = Int32Array.from({ length: HASHED }, () => {
      const buffer = this.bearFrame(port);
      this.#fillPacket(buffer, this.draw());
      return buffer;
    });
    let digest = this.#hashDigest;
    for (let i = 0; i < count; i++) digest = fold(digest, hashFrame(rss, at, this.b, hashed[i & (HASHED - 1)] as number));
    this.#hashDigest = digest;
    this.#hashCount += count;
    for (const buffer of hashed) this.deliver(buffer, port);
  }

  /** What was delivered or hashed so far, order and queues included. */
  override result(): Delivered {
    const { frames, digest, dropped } = super.result();
    const { stations } = this.#shape;
    let all = this.#hashCount === 0 ? digest : this.#hashDigest;
    for (let vf = 0; vf < stations; vf++) {
      const pool = (FIRST_VF + vf) * Q_WORDS;
      all = fold(all, this.#q[pool + Q.lastHash] as number);
      for (let queue = 0; queue < (this.#q[pool + Q.queues] as number); queue++) {
        all = fold(all, this.#qd[(pool >>> 1) + Q.d_frames + queue] as number);
      }
    }
    return { frames: frames + this.#hashCount, digest: all >>> 0, dropped };
  }

  #setUpPool(port: number, flags: number, vlan: number, queues: number): void {
    const pool = port * Q_WORDS;
    this.#q[pool + Q.flags] = flags;
    this.#q[pool + Q.portVlan] = vlan;
    this.#q[pool + Q.queues] = queues;
    this.#q[pool + Q.enabled] = (1 << queues) - 1;
    this.#q[pool + Q.vlans + (vlan >>> 5)] = 1 << (vlan & 31);
  }

  #setUpVf(vf: number): void {
    const port = FIRST_VF + vf;
    const { queues } = this.#shape;
    this.#setUpPool(port, POOL_RX | POOL_TX | POOL_BROADCAST | POOL_SPOOF_CHECK, ACCESS_VLAN, queues);
    fillRss(this.#rss, port * RSS_WORDS, RSS_KEY, RSS_ENTRIES, queues);
    const low = swap(vf) << 16;
    const at = this.#slotOf(USED | MAC_FIRST, low) * A_WORDS;
    this.#a[at + A.high] = USED | MAC_FIRST;
    this.#a[at + A.low] = low;
    this.#a[at + A.port] = port;
  }

  // ── Addresses and VLANs ───────────────────────────────────────────────────────────────────────────────────────────

  #slotOf(high: number, low: number): number {
    const a = this.#a;
    const mask = this.#slots - 1;
    let slot = (Math.imul(low ^ (low >>> 16) ^ high, 0x9e3779b1) >>> 12) & mask;
    while (true) {
      const found = a[slot * A_WORDS + A.high] as number;
      if (found === 0 || (found === high && a[slot * A_WORDS + A.low] === low)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  /** The function that has the address at a half word of a frame; -1 when none does. */
  #portOf(bytes: number): number {
    const { bh } = this;
    const high = USED | (bh[bytes] as number);
    const low = ((bh[bytes + 2] as number) << 16) | (bh[bytes + 1] as number);
    const at = this.#slotOf(high, low) * A_WORDS;
    if (this.#a[at + A.high] === 0) return NONE;
    const port = this.#a[at + A.port] as number;
    if ((port & SEVERAL) !== 0) throw new Error('no address has two functions');
    return port;
  }

  #inVlan(port: number, vid: number): boolean {
    return (((this.#q[port * Q_WORDS + Q.vlans + (vid >>> 5)] as number) >>> (vid & 31)) & 1) !== 0;
  }

  // ── The embedded switch ───────────────────────────────────────────────────────────────────────────────────────────

  protected forward(index: number, buffer: number, vlan: number): void {
    if (index === WIRE) this.#fromWire(buffer, vlan);
    else this.#fromFunction(index, buffer, vlan);
  }

  #fromWire(buffer: number, vlan: number): void {
    const flags = this.#flags;
    const tag = tagOf(vlan);
    const bytes = (buffer * B_WORDS + B.bytes) * 2;
    const port = this.#portOf(bytes);
    if (port < 0 && (flags & NIC_OPEN) === 0) {
      this.drop(buffer, WIRE);
      return;
    }
    if (((this.bh[bytes] as number) & 1) !== 0 || this.#listeners !== 0 || (flags & NIC_PRUNES) !== 0)
      throw new Error('nobody listens');
    if (port >= 0 && port !== WIRE && this.#inVlan(port, tag & VID_MASK)) this.#toPool(port, buffer, tag);
    else if ((flags & NIC_DEFAULT_POOL) !== 0) this.#toPool(PF, buffer, tag);
    else this.drop(buffer, WIRE);
  }

  #fromFunction(index: number, buffer: number, vlan: number): void {
    const q = this.#q;
    const pool = index * Q_WORDS;
    const flags = q[pool + Q.flags] as number;
    const portVlan = q[pool + Q.portVlan] as number;
    if ((flags & POOL_TX) === 0 || (portVlan !== 0 && tagOf(vlan) !== 0)) {
      this.drop(buffer, index);
      return;
    }
    const tag = portVlan !== 0 ? portVlan : tagOf(vlan);
    const bytes = (buffer * B_WORDS + B.bytes) * 2;
    if ((flags & POOL_SPOOF_CHECK) !== 0 && !(this.#portOf(bytes + 3) === index && this.#inVlan(index, tag & VID_MASK))) {
      this.spoofed++;
      this.drop(buffer, index);
      return;
    }
    if ((this.#flags & NIC_VEPA) !== 0 || ((this.bh[bytes] as number) & 1) !== 0 || this.#listeners !== 0)
      throw new Error('no groups');
    const port = this.#portOf(bytes);
    if (port >= 0 && port !== index && this.#inVlan(port, tag & VID_MASK)) this.#toPool(port, buffer, tag);
    else this.send(WIRE, buffer, wordOf(tag));
  }

  #toPool(index: number, buffer: number, tag: number): void {
    const q = this.#q;
    const qd = this.#qd;
    const pool = index * Q_WORDS;
    if (((q[pool + Q.flags] as number) & POOL_RX) === 0) {
      this.drop(buffer, index);
      return;
    }
    const queue = this.#queueFor(index, buffer);
    if ((((q[pool + Q.enabled] as number) >>> queue) & 1) === 0) {
      this.drop(buffer, index);
      return;
    }
    const frames = (pool >>> 1) + Q.d_frames + queue;
    qd[frames] = (qd[frames] as number) + 1;
    if (this.p[index * P_WORDS + P.link] === NONE) throw new Error('every function has a guest');
    this.send(index, buffer, q[pool + Q.portVlan] !== 0 ? 0 : wordOf(tag));
  }

  #queueFor(index: number, buffer: number): number {
    const q = this.#q;
    const rss = this.#rss;
    const pool = index * Q_WORDS;
    const queues = q[pool + Q.queues] as number;
    if (queues === 1) return 0;
    const hash = hashFrame(rss, index * RSS_WORDS, this.b, buffer);
    q[pool + Q.lastHash] = hash;
    const entry = rss[index * RSS_WORDS + (hash & (RSS_ENTRIES - 1))] as number;
    return entry < queues ? entry : entry % queues;
  }

  // ── The tester ────────────────────────────────────────────────────────────────────────────────────────────────────

  #nextPort(): number {
    const { stations, hasWire } = this.#shape;
    const turn = this.#turn;
    this.#turn = (turn + 1) & ((hasWire ? stations * 2 : stations) - 1);
    if (!hasWire) return FIRST_VF + turn;
    return (turn & 1) === 0 ? WIRE : FIRST_VF + (turn >>> 1);
  }

  #bear(port: number, from: number, to: number, random: number): void {
    const { ports, hasWire } = this.#shape;
    const buffer = this.bearFrame(ports + port);
    this.address(buffer, to, from);
    this.#fillPacket(buffer, random);
    this.send(ports + port, buffer, hasWire && port === WIRE ? VLAN_TAGGED | ACCESS_VLAN : 0);
  }

  /** From 10.0.x.x to 10.1.x.x, as a number draws them: the words of asm/bench/bench-nic.ts, where they lie in words here. */
  #fillPacket(buffer: number, random: number): void {
    const { b } = this;
    const bytes = buffer * B_WORDS + B.bytes;
    const ports = Math.imul(random, 0x9e37_79b1);
    b[bytes + 3] = 0x0045_0008;
    b[bytes + 4] = 0x2e00;
    b[bytes + 5] = 0x0640_0000;
    b[bytes + 6] = 0x000a_0000;
    b[bytes + 7] = (random >>> 16) | 0x010a_0000;
    b[bytes + 8] = (random & 0xffff) | (ports << 16);
    b[bytes + 9] = ports >>> 16;
  }
}

/** The upper half of a table key: in use, VLAN 0. */
const USED = 0x8000_0000 | 0;

function tagOf(vlan: number): number {
  return (vlan & VLAN_TAGGED) !== 0 && (vlan & VID_MASK) !== 0 ? vlan & 0xffff : 0;
}

function wordOf(tag: number): number {
  return tag !== 0 ? VLAN_TAGGED | tag : 0;
}
