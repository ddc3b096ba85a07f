/**
 * The oracle of guest packet I/O: rings, buffers, packet sockets and the cores that serve them (rules DPK-01 to DPK-09, MMP-03 to
 * MMP-07, HST-03, HST-06, COST-01), as plainly as TypeScript can say them. It shares no code with the data plane, and does what that
 * one works out instead: every round of a polling core and every expiry of a retire timer happens here.
 *
 * Where the rules are silent it fixes the following, and the data plane must agree:
 * - The frames of a burst leave the ring together; each is decided when its own stage is over.
 * - Of events of one instant: arrivals, then cores in the order they were made, then timers in theirs; but a timer that expires is seen by
 *   whoever touches its socket in that instant. A round of a polling core for which nothing is there yet comes last.
 * - A core serves its rings and readers in turn, the one behind the last served first.
 * - A reader that slept costs its wake-up once, before the first frame of the block.
 */

const PS = 1000;

// ── Rings (DPK-01, DPK-02, DPK-04, DPK-05) ──────────────────────────────────────────────────────────────────────────

/** Buffers of a node; Infinity: as many as anybody wants. */
export interface Pool {
  free: number;
}

export class ReferenceRing {
  readonly waiting: number[] = [];
  held = 0;
  next = 0;
  tail: number;
  missed = 0;
  withoutBuffer = 0;
  readonly #size: number;
  readonly #freeThreshold: number;
  readonly #isShared: boolean;
  readonly #isInBatches: boolean;

  constructor(size: number, freeThreshold: number, isShared: boolean, isInBatches = false) {
    this.#size = size;
    this.#freeThreshold = freeThreshold;
    this.#isShared = isShared;
    this.#isInBatches = isInBatches;
    this.tail = size - 1;
  }

  /** False: no place. */
  arrive(frame: number): boolean {
    const places = this.#isShared ? this.#size - this.waiting.length : this.#size - 1 - this.waiting.length - this.held;
    if (places === 0) this.missed++;
    else this.waiting.push(frame);
    return places > 0;
  }

  /** One receive burst. */
  burst(count: number, pool: Pool): number[] {
    const frames: number[] = [];
    while (frames.length < count && this.waiting.length > 0) {
      if (pool.free <= 0) {
        this.withoutBuffer++;
        break;
      }
      pool.free--;
      frames.push(this.waiting.shift() ?? -1);
      this.next = (this.next + 1) % this.#size;
      this.held++;
    }
    while (this.held > this.#freeThreshold) {
      this.held -= this.#isInBatches ? this.#freeThreshold : this.held;
      this.tail = (this.next + this.#size - 1 - this.held) % this.#size;
    }
    return frames;
  }
}

/** DPK-06. Times in nanoseconds. */
export class ReferenceTxRing {
  readonly #doneNs: number[] = [];
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }

  get free(): number {
    return this.#size - 1 - this.#doneNs.length;
  }

  /** Takes a descriptor until a time; false when none is free. */
  send(nowNs: number, doneNs: number): boolean {
    if (this.free < 32) while (this.#doneNs[0] !== undefined && this.#doneNs[0] <= nowNs) this.#doneNs.shift();
    if (this.free === 0) return false;
    this.#doneNs.push(doneNs);
    return true;
  }
}

// ── Packet sockets (MMP-03 to MMP-06) ───────────────────────────────────────────────────────────────────────────────

const USER = 1;
const LOSING = 4;
const TIMEOUT = 32;

interface ReferenceBlock {
  isReaders: boolean;
  status: number;
  frames: number[];
  bytes: number;
}

export interface SocketNews {
  readonly kind: 'frozen' | 'thawed' | 'retired';
  readonly atNs: number;
}

export class ReferenceSocket {
  readonly news: SocketNews[] = [];
  readonly closed: { readonly atNs: number; readonly status: number; readonly frames: number }[] = [];
  /** Closed and not yet read to the end, oldest first. */
  readonly toRead: ReferenceBlock[] = [];
  isFrozen = false;
  stored = 0;
  drops = 0;
  freezes = 0;
  expiries = 0;
  expiresNs: number;
  readonly #blocks: ReferenceBlock[];
  readonly #blockBytes: number;
  readonly #retireNs: number;
  #active = 0;
  #activeAtLastStart = 0;

  constructor(blockBytes: number, blocks: number, retireNs: number) {
    this.#blockBytes = blockBytes;
    this.#retireNs = retireNs;
    this.#blocks = Array.from({ length: blocks }, () => ({ isReaders: false, status: 0, frames: [], bytes: 48 }));
    this.expiresNs = retireNs;
  }

  /** False: dropped. */
  store(nowNs: number, frame: number, length: number): boolean {
    this.elapse(nowNs);
    if (this.isFrozen && !this.#current.isReaders) this.#open(nowNs);
    const record = Math.ceil((82 + Math.max(60, length)) / 8) * 8;
    if (!this.isFrozen && this.#current.frames.length > 0 && this.#current.bytes + record >= this.#blockBytes) {
      this.#close(nowNs, 0);
      this.#openNext(nowNs);
    }
    if (this.isFrozen) {
      this.drops++;
      return false;
    }
    this.#current.frames.push(frame);
    this.#current.bytes += record;
    this.stored++;
    return true;
  }

  /** The oldest closed block was read to its end. */
  release(nowNs: number): void {
    this.elapse(nowNs);
    const block = this.toRead.shift();
    if (block === undefined) throw new Error('nothing to release');
    Object.assign(block, { isReaders: false, status: 0, frames: [], bytes: 48 });
  }

  /** All expiries up to now. */
  elapse(nowNs: number): void {
    while (this.expiresNs <= nowNs) this.#expire(this.expiresNs);
  }

  #expire(atNs: number): void {
    this.expiries++;
    const wasThereAtLastStart = this.#activeAtLastStart === this.#active;
    this.#start(atNs);
    if (!wasThereAtLastStart) return;
    if (this.isFrozen) {
      if (!this.#current.isReaders) this.#open(atNs);
    } else if (this.#current.frames.length > 0) {
      this.#close(atNs, TIMEOUT);
      this.#openNext(atNs);
      this.#start(atNs);
    }
  }

  #start(atNs: number): void {
    this.expiresNs = atNs + this.#retireNs;
    this.#activeAtLastStart = this.#active;
  }

  #open(atNs: number): void {
    if (this.isFrozen) this.news.push({ kind: 'thawed', atNs });
    this.isFrozen = false;
    this.#start(atNs);
  }

  #openNext(atNs: number): void {
    if (!this.#current.isReaders) {
      this.#open(atNs);
      return;
    }
    this.isFrozen = true;
    this.freezes++;
    this.news.push({ kind: 'frozen', atNs });
  }

  #close(atNs: number, why: number): void {
    const block = this.#current;
    block.isReaders = true;
    block.status = USER | why | (this.drops > 0 ? LOSING : 0);
    if (this.closed.length === 0) this.news.push({ kind: 'retired', atNs });
    this.closed.push({ atNs, status: block.status, frames: block.frames.length });
    this.toRead.push(block);
    this.#active = (this.#active + 1) % this.#blocks.length;
  }

  hasRoom(): boolean {
    return !this.#current.isReaders;
  }

  /** Reads and clears. */
  statistics(): { packets: number; drops: number; freezes: number } {
    const read = { packets: this.stored + this.drops, drops: this.drops, freezes: this.freezes };
    this.stored = 0;
    this.drops = 0;
    this.freezes = 0;
    return read;
  }

  get #current(): ReferenceBlock {
    const block = this.#blocks[this.#active];
    if (block === undefined) throw new Error('no such block');
    return block;
  }
}

// ── Cores (COST-01, DPK-09, HST-03, HST-06) ─────────────────────────────────────────────────────────────────────────

export type Fanout = 'lb' | 'rollover' | 'cpu';

export interface SocketModel {
  readonly core: number;
  readonly blockBytes: number;
  readonly blocks: number;
  readonly retireNs: number;
  readonly readerWakePs: number;
  readonly appPs: number;
}

export interface PortModel {
  readonly core: number;
  readonly size: number;
  readonly freeThreshold: number;
  readonly isShared: boolean;
  readonly takesMbufs: boolean;
  /** False: no thread looks at it (HST-03). */
  readonly isPolled: boolean;
  readonly rxPs: number;
  /** More for a flow that the core's cache does not have (COST-03). */
  readonly missPs: number;
  readonly wakeNs: number;
  readonly fanout: Fanout;
  readonly sockets: readonly SocketModel[];
}

export interface CoreModel {
  readonly polls: boolean;
  readonly loopNs: number;
  readonly burst: number;
}

export interface NodeModel {
  readonly cores: readonly CoreModel[];
  readonly ports: readonly PortModel[];
  /** Beyond what the rings hold; null: no pool. */
  readonly spareMbufs: number | null;
  /** Whether each core has a cache of flows, and whether flows are ever put in (HST-03). Never so many that one pushes another out. */
  readonly flowCache: 'none' | 'never' | 'always';
}

export interface Arrival {
  readonly port: number;
  readonly atNs: number;
  readonly flow: number;
}

/** What became of a frame: "12 decided", and when. */
export interface Fate {
  readonly atNs: number;
  readonly port: number;
  readonly frame: number;
  readonly what: 'decided' | 'no place' | 'frozen';
}

interface Work {
  readonly kind: 'ring' | 'reader';
  readonly port: number;
  readonly socket: number;
  isAsleep: boolean;
  /** Ring: from when on it may be served. */
  readyNs: number;
}

interface CoreState {
  readonly model: CoreModel;
  readonly number: number;
  readonly tasks: Work[];
  last: Work | null;
  /** In hand, and of what. */
  task: Work | null;
  hand: number[];
  freePs: number;
  /** Next look or decision; Infinity while asleep. */
  dueNs: number;
  isWaking: boolean;
  isStalled: boolean;
  /** What is due is one more round of a polling core that found nothing. */
  isRound: boolean;
  /** "port flow" of what its cache has. */
  readonly flows: Set<string>;
}

export class ReferenceNode {
  readonly fates: Fate[] = [];
  readonly rings: ReferenceRing[];
  readonly sockets: readonly (readonly ReferenceSocket[])[];
  readonly interrupts: number[];
  readonly #cores: CoreState[];
  readonly #pool: Pool;
  readonly #turn: number[];
  #nowNs = 0;
  #arrivals: readonly Arrival[] = [];
  readonly #model: NodeModel;

  constructor(model: NodeModel) {
    this.#model = model;
    this.rings = model.ports.map(({ size, freeThreshold, isShared }) => new ReferenceRing(size, freeThreshold, isShared));
    this.sockets = model.ports.map(({ sockets }) =>
      sockets.map(({ blockBytes, blocks, retireNs }) => new ReferenceSocket(blockBytes, blocks, retireNs)),
    );
    this.interrupts = model.ports.map(() => 0);
    this.#turn = model.ports.map(() => 0);
    this.#pool = { free: model.spareMbufs ?? Number.POSITIVE_INFINITY };
    this.#cores = model.cores.map((core, number) => ({
      model: core,
      number,
      tasks: this.#tasksOf(number),
      last: null,
      task: null,
      hand: [],
      freePs: 0,
      dueNs: core.polls ? 0 : Number.POSITIVE_INFINITY,
      isWaking: false,
      isStalled: false,
      isRound: core.polls,
      flows: new Set<string>(),
    }));
  }

  /** Rings of the ports in order, each followed by its sockets: the order in which a test sets them up. */
  #tasksOf(core: number): Work[] {
    return this.#model.ports.flatMap((port, index): Work[] => [
      ...(port.core === core ? [{ kind: 'ring' as const, port: index, socket: 0, isAsleep: true, readyNs: 0 }] : []),
      ...port.sockets.flatMap((socket, number) =>
        socket.core === core ? [{ kind: 'reader' as const, port: index, socket: number, isAsleep: true, readyNs: 0 }] : [],
      ),
    ]);
  }

  /** Everything up to and including a time. Arrivals are in order of time. */
  play(arrivals: readonly Arrival[], throughNs: number): void {
    this.#arrivals = arrivals;
    let next = 0;
    for (;;) {
      const arrival = arrivals[next];
      const core = this.#nextCore(false);
      const round = this.#nextCore(true);
      const timer = Math.min(Number.POSITIVE_INFINITY, ...this.sockets.flat().map(({ expiresNs }) => expiresNs));
      const atNs = Math.min(
        arrival?.atNs ?? Number.POSITIVE_INFINITY,
        core?.dueNs ?? Number.POSITIVE_INFINITY,
        round?.dueNs ?? Number.POSITIVE_INFINITY,
        timer,
      );
      if (atNs > throughNs) return;
      this.#nowNs = atNs;
      if (arrival?.atNs === atNs) this.#arrive(arrival.port, next++);
      else if (core?.dueNs === atNs) this.#work(core);
      else if (timer === atNs) this.#expireTimer();
      else if (round !== undefined) this.#work(round);
    }
  }

  #nextCore(isRound: boolean): CoreState | undefined {
    const some = this.#cores.filter((core) => (core.isRound && !this.#hasWork(core)) === isRound);
    return some.sort((a, b) => a.dueNs - b.dueNs)[0];
  }

  #hasWork(core: CoreState): boolean {
    return core.tasks.some((task) => {
      const needsBuffer = task.kind === 'ring' && this.#model.ports[task.port]?.takesMbufs === true;
      return this.#holds(task) && !(needsBuffer && this.#pool.free <= 0);
    });
  }

  #expireTimer(): void {
    this.sockets
      .flat()
      .find(({ expiresNs }) => expiresNs <= this.#nowNs)
      ?.elapse(this.#nowNs);
    this.#wakeReaders();
  }

  #arrive(port: number, frame: number): void {
    const ring = this.rings[port];
    const { core: number = 0, wakeNs = 0, isPolled } = this.#model.ports[port] ?? {};
    const core = this.#cores[number];
    const task = core?.tasks.find((one) => one.kind === 'ring' && one.port === port);
    if (ring === undefined || core === undefined || task === undefined) throw new Error(`no ring ${port}`);
    const wasEmpty = ring.waiting.length === 0;
    if (!ring.arrive(frame)) {
      this.fates.push({ atNs: this.#nowNs, port, frame, what: 'no place' });
      return;
    }
    if (!wasEmpty || !isPolled) return;
    if (!core.model.polls && core.task !== task) this.interrupts[port] = (this.interrupts[port] ?? 0) + 1;
    task.readyNs = this.#call(core, wakeNs);
  }

  /** Something is there for a core. Returns from when on it may be served. */
  #call(core: CoreState, wakeNs: number): number {
    if (core.model.polls) return this.#nowNs;
    const freeNs = Math.ceil(core.freePs / PS);
    const sleeps = core.dueNs === Number.POSITIVE_INFINITY && freeNs <= this.#nowNs;
    if (!sleeps && !core.isWaking) {
      core.dueNs = Math.min(core.dueNs, Math.max(freeNs, this.#nowNs));
      return this.#nowNs;
    }
    core.isWaking = true;
    core.dueNs = Math.min(core.dueNs, this.#nowNs + wakeNs);
    return core.dueNs;
  }

  // ── A core at work ──

  #work(core: CoreState): void {
    core.dueNs = Number.POSITIVE_INFINITY;
    core.isRound = false;
    if (core.hand.length > 0) this.#decide(core);
    if (core.hand.length > 0) this.#begin(core);
    else if (core.freePs > this.#nowNs * PS) core.dueNs = Math.ceil(core.freePs / PS);
    else this.#look(core);
    this.#wakeReaders(core);
  }

  #decide(core: CoreState): void {
    const frame = core.hand.shift() ?? -1;
    const task = core.task;
    if (task === null) throw new Error('a frame of nothing in hand');
    const port = this.#model.ports[task.port];
    const sockets = this.sockets[task.port] ?? [];
    if (task.kind === 'ring' && port?.takesMbufs) this.#giveBuffer();
    const socket = task.kind === 'ring' ? sockets[this.#socketFor(core, task.port)] : undefined;
    const fate = { atNs: this.#nowNs, port: task.port, frame };
    if (socket === undefined) this.fates.push({ ...fate, what: 'decided' });
    else if (!socket.store(this.#nowNs, frame, 60)) this.fates.push({ ...fate, what: 'frozen' });
  }

  /** Cores that sleep although frames wait, because there was no buffer, look again. */
  #giveBuffer(): void {
    this.#pool.free++;
    if (this.#pool.free !== 1) return;
    for (const core of this.#cores) {
      if (!core.model.polls && core.isStalled)
        core.dueNs = Math.min(core.dueNs, Math.max(Math.ceil(core.freePs / PS), this.#nowNs));
    }
  }

  /** MMP-07. */
  #socketFor(core: CoreState, port: number): number {
    const sockets = this.sockets[port] ?? [];
    const count = sockets.length;
    const turn = this.#turn[port] ?? 0;
    if (count < 2) return 0;
    switch (this.#model.ports[port]?.fanout) {
      case 'lb':
        this.#turn[port] = (turn + 1) % count;
        return turn;
      case 'cpu':
        return core.number % count;
      default: {
        const order = sockets.map((_, i) => (turn + i) % count);
        const found = order.find((i) => sockets[i]?.hasRoom());
        if (found !== undefined) this.#turn[port] = found;
        return found ?? 0;
      }
    }
  }

  #begin(core: CoreState): void {
    const port = this.#model.ports[core.task?.port ?? -1];
    const cost = core.task?.kind === 'ring' ? port?.rxPs : port?.sockets[core.task?.socket ?? -1]?.appPs;
    core.freePs += cost ?? 0;
    if (core.task?.kind === 'ring' && this.#misses(core, core.task.port)) core.freePs += port?.missPs ?? 0;
    core.dueNs = Math.ceil(core.freePs / PS);
  }

  /** Whether the cache of a core does not have the flow of the frame in hand. */
  #misses(core: CoreState, port: number): boolean {
    if (this.#model.flowCache === 'none') return false;
    const flow = `${port} ${this.#arrivals[core.hand[0] ?? -1]?.flow}`;
    if (core.flows.has(flow)) return false;
    if (this.#model.flowCache === 'always') core.flows.add(flow);
    return true;
  }

  #look(core: CoreState): void {
    this.#finish(core);
    if (Math.ceil(core.freePs / PS) < this.#nowNs) core.freePs = this.#nowNs * PS;
    core.isWaking = false;
    core.isStalled = false;
    const after = core.last === null ? -1 : core.tasks.indexOf(core.last);
    const inTurn = core.tasks.map((_, i) => core.tasks[(after + 1 + i) % core.tasks.length]);
    for (const task of inTurn) {
      if (task === undefined || !this.#take(core, task)) continue;
      core.task = task;
      core.last = task;
      this.#begin(core);
      return;
    }
    if (core.model.polls) {
      core.dueNs = this.#nowNs + core.model.loopNs;
      core.isRound = true;
      return;
    }
    core.isStalled = core.tasks.some((task) => task.kind === 'ring' && this.#holds(task) && task.readyNs <= this.#nowNs);
    const readyNs = core.tasks.flatMap((task) =>
      task.kind === 'ring' && this.#holds(task) && task.readyNs > this.#nowNs ? [task.readyNs] : [],
    );
    if (readyNs.length === 0) return;
    core.isWaking = true;
    core.dueNs = Math.min(...readyNs);
  }

  #holds(task: Work): boolean {
    if (task.kind === 'reader') return (this.sockets[task.port]?.[task.socket]?.toRead.length ?? 0) > 0;
    return this.#model.ports[task.port]?.isPolled === true && (this.rings[task.port]?.waiting.length ?? 0) > 0;
  }

  /** Takes a burst of a task, if it has something. */
  #take(core: CoreState, task: Work): boolean {
    const port = this.#model.ports[task.port];
    if (task.kind === 'ring') {
      if (!this.#holds(task) || task.readyNs > this.#nowNs) return false;
      core.hand = this.rings[task.port]?.burst(core.model.burst, port?.takesMbufs ? this.#pool : { free: 1e9 }) ?? [];
      return core.hand.length > 0;
    }
    const block = this.sockets[task.port]?.[task.socket]?.toRead[0];
    if (block === undefined) return false;
    if (task.isAsleep) core.freePs += port?.sockets[task.socket]?.readerWakePs ?? 0;
    task.isAsleep = false;
    core.hand = block.frames.splice(0, core.model.burst);
    return true;
  }

  #finish(core: CoreState): void {
    const task = core.task;
    core.task = null;
    if (task === null || task.kind === 'ring') return;
    const socket = this.sockets[task.port]?.[task.socket];
    if (socket === undefined || socket.toRead[0]?.frames.length !== 0) return;
    socket.release(this.#nowNs);
    task.isAsleep = socket.toRead.length === 0;
  }

  /** Readers whose blocks closed call their cores; one that is at work looks by itself. */
  #wakeReaders(working: CoreState | null = null): void {
    for (const core of this.#cores) {
      const hasBlock = core.tasks.some((task) => {
        return task.kind === 'reader' && task.isAsleep && this.#holds(task);
      });
      if (hasBlock && core !== working) this.#call(core, 0);
    }
  }
}
