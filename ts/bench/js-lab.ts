/**
 * What the JavaScript baselines share, over typed arrays, tuned: frames, links, ports and nodes. Their records are in js-layout.ts,
 * the tester beyond the links is in js-tester.ts.
 *
 * The same work as bench/lab.h, statement for statement. Tuned means: typed arrays, no objects, no BigInt, no allocation. A device
 * has a lab instead of being one: a class with one shape is what the compiler is good at.
 */
import { Block, LAYOUT } from './js-layout.ts';
import { FRAME_BYTES } from './shape.ts';

const {
  B,
  B_WORDS,
  BUFFERS,
  D,
  D_WORDS,
  DEFINITION,
  L,
  L_FREE_PS,
  L_JITTER,
  L_LAST,
  L_WORDS,
  N,
  N_WORDS,
  NONE,
  P,
  P_WORDS,
  PORT_BLOCKED,
  PORT_DISABLED,
  PORT_EXTERNAL,
  PORT_UP,
  QUEUE_NS,
  VLAN_CORRUPTED,
  VLAN_TAGGED,
} = LAYOUT;

export abstract class JsLab {
  protected readonly ports: number;
  protected readonly b: Int32Array;
  protected readonly bd: Float64Array;
  protected readonly bh: Uint16Array;
  protected readonly d: Int32Array;
  protected readonly dd: Float64Array;
  protected readonly l: Int32Array;
  readonly #ld: Float64Array;
  protected readonly p: Int32Array;
  readonly #pd: Float64Array;
  protected readonly n: Int32Array;
  protected readonly nd: Float64Array;
  // Free lists hold the index plus 1 of a record; 0 is the end.
  #freeBuffer = 0;
  #freeDescriptor = 0;
  #buffersInUse = 0;
  #descriptorsInUse = 0;
  protected nowNs = 0;
  #number = 1;
  #born = 0;
  #copied = 0;
  #delivered = 0;
  protected dropped = 0;
  #noticeCount = 0;
  #egressUsed = 0;
  #traceOn = 0;

  /** @param kind of node 0, the device; `vlan` is that of its ports. */
  constructor(kind: number, ports: number, vlan: number) {
    this.ports = ports;
    ({ words: this.b, doubles: this.bd, halves: this.bh } = new Block(BUFFERS, B_WORDS));
    ({ words: this.d, doubles: this.dd } = new Block(BUFFERS, D_WORDS));
    ({ words: this.l, doubles: this.#ld } = new Block(ports * 2, L_WORDS));
    ({ words: this.p, doubles: this.#pd } = new Block(ports * 2, P_WORDS));
    ({ words: this.n, doubles: this.nd } = new Block(2, N_WORDS));
    this.#setUp(kind, vlan);
  }

  /** One frame that a link brought to a port of the device. */
  protected abstract forward(index: number, buffer: number, vlan: number): void;

  /** What became of all frames so far. */
  totals(): {
    readonly born: number;
    readonly copied: number;
    readonly delivered: number;
    readonly dropped: number;
    readonly inFlight: number;
  } {
    const { dropped } = this;
    const born = this.#born;
    const copied = this.#copied;
    const delivered = this.#delivered;
    const descriptorsInUse = this.#descriptorsInUse;
    return { born, copied, delivered, dropped, inFlight: descriptorsInUse };
  }

  /** Frames whose bytes are in memory: those in flight. */
  buffers(): number {
    return this.#buffersInUse;
  }

  #setUp(kind: number, vlan: number): void {
    const { ports, n, p } = this;
    for (let id = 0; id < 2; id++) {
      n[id * N_WORDS + N.kind] = id === 0 ? kind : 0;
      n[id * N_WORDS + N.power] = 1;
      n[id * N_WORDS + N.first] = id * ports;
      n[id * N_WORDS + N.count] = ports;
    }
    for (let id = 0; id < ports * 2; id++) {
      p[id * P_WORDS + P.node] = id < ports ? 0 : 1;
      p[id * P_WORDS + P.flags] = PORT_UP;
      p[id * P_WORDS + P.vlan] = id < ports ? vlan : 0;
      p[id * P_WORDS + P.frameMax] = 9230;
      this.#wire(id < ports ? ports + id : id - ports, id, id < ports ? ports + id : id - ports);
    }
    for (let i = BUFFERS; i > 0; i--) {
      this.b[(i - 1) * B_WORDS + B.next] = this.#freeBuffer;
      this.#freeBuffer = i;
      this.d[(i - 1) * D_WORDS + D.next] = this.#freeDescriptor;
      this.#freeDescriptor = i;
    }
  }

  #wire(id: number, from: number, to: number): void {
    this.l[id * L_WORDS + L.to] = to;
    this.l[id * L_WORDS + L.cause] = DEFINITION;
    this.l[id * L_WORDS + L.polled] = 1;
    this.#ld[id * (L_WORDS / 2) + L.d_queue] = QUEUE_NS;
    this.p[from * P_WORDS + P.link] = id;
  }

  // ── Frames ────────────────────────────────────────────────────────────────────────────────────────────────────────

  protected bearFrame(port: number): number {
    const { b, bd, p, nd } = this;
    const number = this.#number;
    this.#number = number + 1;
    this.#born++;
    const born = (p[port * P_WORDS + P.node] as number) * (N_WORDS / 2) + N.d_born;
    nd[born] = (nd[born] as number) + 1;
    const buffer = this.#freeBuffer - 1;
    if (buffer < 0) throw new Error('the pool is exhausted');
    const at = buffer * B_WORDS;
    this.#freeBuffer = b[at + B.next] as number;
    this.#buffersInUse++;
    b[at + B.refs] = 1;
    b[at + B.length] = FRAME_BYTES;
    b[at + B.jumbo] = 0;
    bd[(at >>> 1) + B.d_number] = number;
    bd[(at >>> 1) + B.d_bornNs] = this.nowNs;
    b[at + B.cause] = DEFINITION;
    b[at + B.port] = port;
    b[at + B.flow] = 0;
    b[at + B.seq] = 0;
    return buffer;
  }

  protected letGo(buffer: number): void {
    const { b } = this;
    const at = buffer * B_WORDS;
    const refs = (b[at + B.refs] as number) - 1;
    b[at + B.refs] = refs;
    if (refs > 0) return;
    this.#buffersInUse--;
    b[at + B.next] = this.#freeBuffer;
    this.#freeBuffer = buffer + 1;
  }

  protected deliver(buffer: number, port: number): void {
    const { nd } = this;
    this.#delivered++;
    const at = (this.p[port * P_WORDS + P.node] as number) * (N_WORDS / 2) + N.d_delivered;
    nd[at] = (nd[at] as number) + 1;
    this.letGo(buffer);
  }

  protected drop(buffer: number, port: number): void {
    const { nd } = this;
    const pd = this.#pd;
    this.dropped++;
    this.#noticeCount++;
    const node = (this.p[port * P_WORDS + P.node] as number) * (N_WORDS / 2) + N.d_dropped;
    nd[node] = (nd[node] as number) + 1;
    const drops = port * (P_WORDS / 2) + P.d_drops;
    pd[drops] = (pd[drops] as number) + 1;
    this.letGo(buffer);
  }

  /** Counts copies that a fan-out made of a frame. */
  protected copy(node: number, copies: number): void {
    const at = node * (N_WORDS / 2) + N.d_copied;
    this.#copied += copies;
    this.nd[at] = (this.nd[at] as number) + copies;
  }

  // ── Links ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  protected send(index: number, buffer: number, vlan: number): void {
    const { b, d, dd, l, p, nd } = this;
    const ld = this.#ld;
    const pd = this.#pd;
    const port = index * P_WORDS;
    const flags = p[port + P.flags] as number;
    const id = p[port + P.link] as number;
    if (
      (flags & (PORT_BLOCKED | PORT_DISABLED)) !== 0 ||
      (flags & PORT_UP) === 0 ||
      (id === NONE && (flags & PORT_EXTERNAL) === 0)
    ) {
      this.drop(buffer, index);
      return;
    }
    if ((flags & PORT_EXTERNAL) !== 0) throw new Error('no port is external');
    const link = id * L_WORDS;
    const line = id * (L_WORDS / 2);
    const now = this.nowNs;
    const free = ld[line + L.d_free] as number;
    const startNs = free > now ? free : now;
    const startPs = free >= now ? (ld[line + L_FREE_PS] as number) : 0;
    if (startNs - now > (ld[line + L.d_queue] as number)) {
      this.drop(buffer, index);
      return;
    }
    const length = b[buffer * B_WORDS + B.length] as number;
    const onLine = Math.max(60, length + ((vlan & VLAN_TAGGED) !== 0 ? 4 : 0)) + 24;
    const psPerByte = ld[line + L.d_ps] as number;
    const ps = psPerByte === 0 ? startPs : startPs + onLine * psPerByte;
    const whole = ps < 1000 ? 0 : Math.floor(ps / 1000);
    const freeNs = startNs + whole;
    if (((l[link + L.loss] as number) | (l[link + L.corruption] as number)) !== 0 || ld[line + L_JITTER] !== 0)
      throw new Error('no impairment');
    const last = ld[line + L_LAST] as number;
    const arrival = Math.max(freeNs + (ld[line + L.d_latency] as number), now + 1, last);
    const descriptor = this.#freeDescriptor - 1;
    if (descriptor < 0) {
      this.drop(buffer, index);
      return;
    }
    const at = descriptor * D_WORDS;
    this.#freeDescriptor = d[at + D.next] as number;
    this.#descriptorsInUse++;
    d[at + D.next] = 0;
    d[at + D.buffer] = buffer;
    dd[(at >>> 1) + D.d_atNs] = arrival;
    d[at + D.vlan] = vlan;
    ld[line + L.d_free] = freeNs;
    ld[line + L_FREE_PS] = ps - whole * 1000;
    ld[line + L_LAST] = arrival;
    const counters = index * (P_WORDS / 2);
    pd[counters + P.d_tx] = (pd[counters + P.d_tx] as number) + 1;
    pd[counters + P.d_txBytes] = (pd[counters + P.d_txBytes] as number) + length;
    const sent = (p[port + P.node] as number) * (N_WORDS / 2) + N.d_sent;
    nd[sent] = (nd[sent] as number) + 1;
    if (this.#traceOn !== 0) throw new Error('nothing is traced');
    this.#append(link, descriptor);
  }

  #append(link: number, descriptor: number): void {
    const { d, l } = this;
    l[link + L.frames] = (l[link + L.frames] as number) + 1;
    if (l[link + L.head] === 0) {
      l[link + L.head] = descriptor + 1;
      l[link + L.tail] = descriptor + 1;
      if (l[link + L.polled] === 0) throw new Error('every link is polled');
      return;
    }
    d[((l[link + L.tail] as number) - 1) * D_WORDS + D.next] = descriptor + 1;
    l[link + L.tail] = descriptor + 1;
  }

  /** Takes the frame at the head; the caller has read its descriptor. */
  protected takeArrival(link: number): number {
    const { d, l } = this;
    const descriptor = (l[link + L.head] as number) - 1;
    const at = descriptor * D_WORDS;
    const next = d[at + D.next] as number;
    l[link + L.head] = next;
    l[link + L.frames] = (l[link + L.frames] as number) - 1;
    if (next === 0) l[link + L.tail] = 0;
    if (l[link + L.polled] === 0) throw new Error('every link is polled');
    this.#descriptorsInUse--;
    d[at + D.next] = this.#freeDescriptor;
    this.#freeDescriptor = descriptor + 1;
    return d[at + D.buffer] as number;
  }

  /** Serves up to `max` frames that wait on a line. */
  protected burst(index: number, max: number): void {
    const { d, dd, l, p, nd } = this;
    const link = index * L_WORDS;
    const to = l[link + L.to] as number;
    const received = (p[to * P_WORDS + P.node] as number) * (N_WORDS / 2) + N.d_received;
    for (let served = 0; served < max && l[link + L.head] !== 0 && this.#hasRoom(); served++) {
      const at = ((l[link + L.head] as number) - 1) * D_WORDS;
      const atNs = dd[(at >>> 1) + D.d_atNs] as number;
      if (atNs > this.nowNs) this.nowNs = atNs;
      const vlan = d[at + D.vlan] as number;
      const buffer = this.takeArrival(link);
      nd[received] = (nd[received] as number) + 1;
      if ((vlan & VLAN_CORRUPTED) !== 0) this.drop(buffer, to);
      else if (this.#accepts(to, buffer)) this.forward(to, buffer, vlan);
    }
  }

  /** Whether a port takes a frame; counts it. Else it is dropped. */
  #accepts(index: number, buffer: number): boolean {
    const { b, p, n } = this;
    const pd = this.#pd;
    const port = index * P_WORDS;
    if (this.#traceOn !== 0) throw new Error('nothing is traced');
    if (((p[port + P.flags] as number) & PORT_UP) === 0) {
      this.drop(buffer, index);
      return false;
    }
    const length = b[buffer * B_WORDS + B.length] as number;
    const counters = index * (P_WORDS / 2);
    pd[counters + P.d_rx] = (pd[counters + P.d_rx] as number) + 1;
    pd[counters + P.d_rxBytes] = (pd[counters + P.d_rxBytes] as number) + length;
    const node = (p[port + P.node] as number) * N_WORDS;
    if (n[node + N.power] !== 0 && length >= 14 && length <= (p[port + P.frameMax] as number)) return true;
    this.drop(buffer, index);
    return false;
  }

  #hasRoom(): boolean {
    return this.#noticeCount < 256 && this.#egressUsed < 65536 && this.#traceOn === 0;
  }
}
