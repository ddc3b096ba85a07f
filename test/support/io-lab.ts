/**
 * A lab straight in the data plane, without engine or log, with cores and rings set up through the control door: for rules of
 * guest packet I/O, whose scenarios speak of descriptors and blocks.
 */
import { readFileSync } from 'node:fs';
import * as L from '../../asm/memory/layout.ts';
import type {
  CoreState,
  RingConfig,
  RingState,
  Sizes,
  SocketConfig,
  SocketState,
  TxConfig,
} from '../../gen/dataplane/interfaces/switchback-dataplane-control.js';
import { configure } from '../../ts/dataplane/configure.ts';
import { Dataplane, type Notice, type Punt, type TraceRecord } from '../../ts/dataplane/dataplane.ts';
import { dropReasonName } from '../../ts/model/events/drop-reasons.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { indexLab, type LabIndex, portOf } from '../../ts/model/lab/lab-index.ts';
import { ipv4ToNumber } from '../../ts/values/ipv4-address.ts';
import { macToNumber } from '../../ts/values/mac.ts';
import { ip, mac } from './lab.ts';
import { playsLab } from './played.ts';

const WASM = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));
/** Position that everything here is blamed on: there are no events. */
const CAUSE = 1;
/** Of each node: room for whatever a test sets up. */
const SLOTS = 12;
const ARENA_BYTES = 256 * 1024;
const FRAMES = 4096;

/** The sizing pass of a lab whose nodes all have cores. */
class RoomyDataplane extends Dataplane {
  override layOut(sizes: Sizes): void {
    super.layOut({
      ...sizes,
      ioSlots: sizes.nodes * SLOTS,
      elements: sizes.elements + sizes.nodes * ARENA_BYTES,
      smallBuffers: FRAMES,
      descriptors: FRAMES * 2,
    });
  }
}

export class IoLab {
  readonly dataplane = new RoomyDataplane(WASM);
  readonly index: LabIndex;
  readonly notices: Notice[] = [];
  readonly news: (Punt & { readonly atNs: number })[] = [];
  readonly seen: TraceRecord[] = [];

  /** @param watch nodes whose ports are traced. */
  constructor(lab: Lab, watch: readonly string[] = []) {
    playsLab();
    this.index = indexLab(lab);
    configure(this.dataplane, this.index, watch.length === 0 ? 0 : 1 << 22);
    this.dataplane.watch(lab.interfaces.flatMap(({ node }, port) => (watch.includes(node) ? [port] : [])));
    lab.nodes.forEach((_, node) => {
      this.dataplane.control.reserveIo(node, node * SLOTS, SLOTS, ARENA_BYTES);
    });
  }

  node(name: string): number {
    return this.index.nodes.get(name) ?? -1;
  }

  port(endpoint: string): number {
    return portOf(this.index, endpoint);
  }

  /** A core that polls every microsecond, unless told otherwise. */
  core(node: string, { polls = true, loopNs = 1000, burst = 32 } = {}): void {
    this.dataplane.control.configureCore(this.node(node), polls, loopNs, burst);
  }

  /** OVS's exact-match cache for a core. */
  flowCache(node: string, insertInverse: number, core = 0): void {
    this.dataplane.control.configureFlowCache(this.node(node), core, insertInverse);
  }

  /** A ring of 512 descriptors that costs nothing, on the node's first core, unless told otherwise. */
  ring(endpoint: string, config: Partial<RingConfig> = {}): void {
    this.dataplane.control.configureRing({
      port: this.port(endpoint),
      queue: 0,
      core: 0,
      ringFlags: 0,
      size: 512,
      freeThreshold: 32,
      rxPs: 0,
      copyPsPerByte: 0,
      missPs: 0,
      wakeNs: 0,
      notifyPs: 0,
      cause: CAUSE,
      ...config,
    });
  }

  tx(endpoint: string, config: Partial<TxConfig> = {}): void {
    const costs = { txPs: 0, copyPsPerByte: 0, descriptors: 0, freeThreshold: 32, retries: 8, retryPs: 0 };
    this.dataplane.control.configureTx({ port: this.port(endpoint), ...costs, cause: CAUSE, ...config });
  }

  /** A packet socket of four blocks of a megabyte, 8 ms, whose reader costs nothing, unless told otherwise. */
  socket(endpoint: string, config: Partial<SocketConfig> = {}): void {
    this.dataplane.control.configureSocket({
      port: this.port(endpoint),
      socket: 0,
      core: 0,
      blockBytes: 1 << 20,
      blocks: 4,
      retireNs: 8_000_000n,
      readerWakePs: 0,
      appPs: 0,
      cause: CAUSE,
      ...config,
    });
  }

  mbufs(node: string, count: number): void {
    this.dataplane.control.configureMbufs(this.node(node), count);
  }

  /** Whose MAC an address has: nobody answers ARP here. */
  neighbour(endpoint: string, address: string, theirMac: string): void {
    this.dataplane.control.setNeighbour(
      this.port(endpoint),
      ipv4ToNumber(ip(address)),
      BigInt(macToNumber(mac(theirMac))),
      CAUSE,
      0,
    );
  }

  /** Frames that the cable brings to a port, `count` of them, `gapNs` apart. */
  arrive(endpoint: string, frame: Uint8Array, atNs: number, count = 1, gapNs = 0): this {
    const port = this.port(endpoint);
    for (let i = 0; i < count; i++) {
      const injection = { port, direction: 'received' as const, atNs: atNs + i * gapNs, cause: CAUSE, bytes: frame };
      if (this.dataplane.inject(injection)) continue;
      // The ring is full: what is in it is taken in before time goes on.
      this.dataplane.run(this.dataplane.nowNs, 0);
      this.dataplane.inject(injection);
    }
    return this;
  }

  /** Lets everything before a time happen. */
  until(toNs: number): this {
    while (this.dataplane.run(toNs) !== 'until') this.#collect();
    this.#collect();
    return this;
  }

  /** Everything up to and including a time. */
  through(toNs: number): this {
    return this.until(toNs + 1);
  }

  #collect(): void {
    const atNs = this.dataplane.nowNs;
    for (const punt of this.dataplane.punts()) if (!isQuestion(punt)) this.news.push({ ...punt, atNs });
    this.notices.push(...this.dataplane.takeNotices());
    this.seen.push(...this.dataplane.takeTraces());
  }

  power(node: string, on: boolean): void {
    this.dataplane.control.setPower(this.node(node), on, CAUSE);
  }

  readCore(node: string, core = 0): CoreState {
    return this.dataplane.control.readCore(this.node(node), core);
  }

  readRing(endpoint: string, queue = 0): RingState {
    return this.dataplane.control.readRing(this.port(endpoint), queue);
  }

  readSocket(endpoint: string, socket = 0): SocketState {
    return this.dataplane.control.readSocket(this.port(endpoint), socket);
  }

  statistics(endpoint: string, socket = 0): { packets: bigint; drops: bigint; freezes: bigint } {
    return this.dataplane.control.takeSocketStatistics(this.port(endpoint), socket);
  }

  flow(id = 0): ReturnType<Dataplane['control']['readFlow']> {
    return this.dataplane.control.readFlow(id);
  }

  /** Frames dropped at an interface for a reason. */
  dropped(endpoint: string, reason: string): number {
    const port = this.port(endpoint);
    const runs = this.dataplane.rows((start) => this.dataplane.control.readDropRuns(start));
    const own = runs.filter((run) => run.port === port && dropReasonName(run.reason) === reason);
    return Number(own.reduce((sum, { total }) => sum + total, 0n));
  }

  /** Per node and in all, every frame is accounted for; the difference per node, which should be 0 everywhere. */
  unaccounted(): number[] {
    const { control } = this.dataplane;
    const { born, copied, delivered, consumed, dropped, inFlight } = control.readTotals();
    const all = born + copied - delivered - consumed - dropped - BigInt(inFlight);
    const each = this.index.lab.nodes.map((_, node) => {
      const n = control.readNode(node);
      return n.received + n.born + n.copied - n.sent - n.delivered - n.consumed - n.dropped - BigInt(n.waiting);
    });
    return [all, ...each].map(Number);
  }
}

function isQuestion({ kind }: Punt): boolean {
  return kind === 'frame' || kind === 'resolve' || kind === 'verify';
}

/** Flags of the door, by the names tests use. */
export const RING = {
  shared: L.RING_SHARED,
  ofVf: L.RING_OF_VF,
  takesMbufs: L.RING_TAKES_MBUFS,
  unpolled: L.RING_UNPOLLED,
  inBatches: L.RING_IN_BATCHES,
} as const;
