/**
 * The engine: data plane, agents and the loop between them. Fed with inputs, it decides outcomes, gives every event its
 * position, and links each to the chain. It has no clock, no chance and no I/O: the same inputs give the same bytes.
 *
 * One discipline makes state, log and linear memory agree: nothing changes recorded state but `say`, and `say` numbers the
 * event, folds it (`evolve`) and projects it into the data plane (`project`) before anybody else sees it.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { configure } from '../dataplane/configure.ts';
import { Dataplane, type Notice, type Punt, type TraceRecord } from '../dataplane/dataplane.ts';
import { dropTimer, regionSizes } from '../dataplane/sizing.ts';
import { CHAIN_START, nextChain, type Sha256 } from '../model/events/chain.ts';
import { encodeBody } from '../model/events/codec.ts';
import type { EventData, EventType, LabEvent, Position } from '../model/events/events.ts';
import type { Checkpoint } from '../model/events/record.ts';
import type { Lab } from '../model/lab/lab.ts';
import { indexLab, type LabIndex, portOf, readdressed } from '../model/lab/lab-index.ts';
import { evolve, INDEXED_ANEW, initialState, type LabState, READDRESSED, revived } from '../model/state/lab-state.ts';
import { canonicalJson } from '../values/canonical-json.ts';
import { nanos } from '../values/nanos.ts';
import { openTurn } from './agent-turn.ts';
import { handleCommand } from './agents/commands.ts';
import { runKey, sayFirstDrop } from './agents/drops.ts';
import { sayNotice } from './agents/notices.ts';
import { sayFirstBlock, socketKey } from './agents/packet-io/packet-ring.ts';
import { setCarrier } from './agents/ports/carrier.ts';
import { startNode } from './agents/power.ts';
import { handlePunt } from './agents/receive.ts';
import type { Decided } from './decided.ts';
import { flushBlocks, flushDrops, flushMoves } from './flush.ts';
import { type Input, type Reception, settlesCounts } from './input.ts';
import { projectFunctions, projectNic } from './project/nic.ts';
import { project } from './project/project.ts';
import type { Snapshot } from './snapshot.ts';
import type { StepLimits } from './step-limits.ts';
import { fireTimer } from './timers.ts';
import { type AgentMemory, emptyMemory, revivedMemory } from './turn/memory.ts';
import type { Turn } from './turn/turn.ts';

export interface EngineOptions {
  /** Identity of this build; checkpoints carry it. */
  readonly identity: string;
  readonly sha256?: Sha256;
  /** Bytes of trace ring, for captures; 0 for none. */
  readonly traceBytes?: number;
}

export class Engine {
  readonly dataplane: Dataplane;
  readonly #options: EngineOptions;
  #index: LabIndex | null = null;
  /** The lab as it was defined: memory is as large as it asks for. */
  #defined: LabIndex | null = null;
  #current: LabState = initialState();
  #memory: AgentMemory = emptyMemory();
  #decided: Decided[] = [];
  #chainBytes: Uint8Array = CHAIN_START;
  /** Everything strictly before this has happened, or will before the next input. */
  #untilNs = 0;
  /** Everything strictly before this may happen; later than `untilNs` while `pace` has let time pass that is not on record. */
  #pacedNs = 0;
  #nowNs = 0;
  /** Called with what watched ports saw, as it happens. */
  onTrace: ((record: TraceRecord) => void) | null = null;

  /** @param module the compiled data plane. */
  constructor(module: WebAssembly.Module, options: EngineOptions) {
    this.dataplane = new Dataplane(module);
    this.#options = options;
  }

  /** Position of the last event. */
  get position(): Position {
    return this.#current.position;
  }

  get chain(): Uint8Array {
    return this.#chainBytes;
  }

  /** Recorded state as of the last event. Not to be changed. */
  get state(): Readonly<LabState> {
    return this.#current;
  }

  /** The memories of the agents. Do not change them. */
  get memories(): Readonly<AgentMemory> {
    return this.#memory;
  }

  /** Virtual time up to which everything has happened, once `step` has returned true. */
  get horizonNs(): number {
    return this.#pacedNs;
  }

  get lab(): LabIndex {
    if (this.#index === null) throw new Error('no lab is defined yet: LabDefined comes first');
    return this.#index;
  }

  /** Takes what was decided since the last call. Batches may be cut here: it is an instant's end. */
  take(): Decided[] {
    const taken = this.#decided;
    this.#decided = [];
    return taken;
  }

  /**
   * Takes an input, stamped at the horizon, and decides what follows at once. A `TimeAdvanced` only allows time to pass:
   * call `step` until it returns true before the next input.
   */
  receive(input: Input, { commandId = '', checkpoint: wanted = true }: Reception = {}): Position {
    this.recordPaced();
    const checkpoint = wanted && input.type === 'TimeAdvanced' && this.#untilNs > 0 ? this.checkpoint() : null;
    this.#nowNs = this.#untilNs;
    const position = this.#record(input.type, 0, input.data, commandId, checkpoint);
    if (settlesCounts(input, this.#untilNs)) this.#settleCounts();
    switch (input.type) {
      case 'LabDefined':
        this.#begin(JSON.parse(input.data.definition) as Lab, position);
        break;
      case 'CommandReceived':
        handleCommand(this.#turn(), input.data.command, position);
        break;
      case 'FramesReceived':
        this.#injectAll(input.data, position);
        break;
      case 'CarrierReported':
        setCarrier(this.#turn(), `${input.data.node}:${input.data.interface}`, input.data.up, position);
        break;
      case 'TimeAdvanced':
        // Time never goes back, whatever a log says.
        this.#untilNs = Math.max(this.#untilNs, nanos(input.data.toNs));
        this.#pacedNs = this.#untilNs;
        break;
      default:
        break;
    }
    this.#ingest();
    return position;
  }

  /**
   * Lets time pass up to `toNs`, to be followed by `step` like a `TimeAdvanced`. It goes on record only when something is
   * decided in it, or with `recordPaced`: a lab that follows the clock is asked a hundred times a second.
   */
  pace(toNs: number): void {
    this.#pacedNs = Math.max(this.#pacedNs, nanos(toNs));
  }

  /** Puts on record what time `pace` has let pass. */
  recordPaced(): void {
    if (this.#pacedNs === this.#untilNs) return;
    const present = this.#nowNs;
    this.#nowNs = this.#untilNs;
    this.#untilNs = this.#pacedNs;
    this.#record('TimeAdvanced', 0, { toNs: this.#pacedNs }, '', null);
    this.#nowNs = present;
  }

  #begin(lab: Lab, position: Position): void {
    const index = indexLab(lab, this.#current.devices);
    this.#index = index;
    this.#defined = index;
    configure(this.dataplane, index, this.#options.traceBytes ?? 0);
    projectFunctions({ dataplane: this.dataplane, index, state: this.#current }, position);
    for (const node of lab.nodes) startNode(this.#turn(), node.name, position);
    this.dataplane.control.setDefined(this.position);
  }

  /**
   * Lets time pass towards the horizon. However it is cut into steps, the same is decided.
   * @returns true when the horizon (or `stopNs`, if that is earlier) is reached.
   */
  step(limits: StepLimits = {}): boolean {
    const { maxEvents = 0xffffffff, stopAt = Number.POSITIVE_INFINITY, stopNs = Number.POSITIVE_INFINITY } = limits;
    const untilNs = Math.min(this.#pacedNs, stopNs);
    for (let turns = limits.maxTurns ?? Number.POSITIVE_INFINITY; turns > 0 && this.position < stopAt; turns--) {
      const stop = this.dataplane.run(untilNs, maxEvents);
      this.#nowNs = this.dataplane.nowNs;
      this.#drainTraces();
      this.#drainNotices();
      if (stop === 'until') return true;
      if (stop === 'events') return false;
      if (stop === 'punt') for (const punt of this.dataplane.punts()) this.#handle(punt);
      if (stop === 'timer') this.#fire(this.dataplane.timer);
      this.#ingest();
    }
    return false;
  }

  #handle(punt: Punt): void {
    const iface = this.lab.lab.interfaces[punt.port];
    if (punt.kind !== 'retired' || iface === undefined) handlePunt(this.#turn(), punt);
    else this.#memory.firstBlocks[socketKey(punt)] = sayFirstBlock(this.#turn(), iface, punt);
  }

  #fire(timer: number): void {
    const { lab } = this.lab;
    if (timer === dropTimer(lab)) this.#settleCounts();
    else fireTimer(this.#turn(), lab, timer);
  }

  /** Puts on record what the data plane counted since the last time. */
  #settleCounts(): void {
    const turn = this.#turn();
    flushDrops(this.dataplane, this.#memory, turn);
    flushBlocks(this.dataplane, this.#memory, turn);
    flushMoves(this.dataplane, turn);
  }

  #injectAll(data: EventData['FramesReceived'], cause: Position): void {
    const port = portOf(this.lab, `${data.node}:${data.interface}`);
    for (const { afterNs, bytes } of data.frames) {
      this.#inject({ port, direction: 'received', atNs: this.#nowNs + afterNs, cause, bytes });
    }
    this.#ingest();
  }

  #inject(injection: Parameters<Dataplane['inject']>[0]): void {
    if (this.dataplane.inject(injection)) return;
    this.#ingest();
    if (!this.dataplane.inject(injection)) throw new RangeError(`a frame of ${injection.bytes.length} bytes fits no inject ring`);
  }

  /**
   * Makes the data plane take in the inject ring; nothing happens before the present, so nothing else happens. Every turn ends
   * with it: the ring lies outside the region, and a snapshot must not lose what an agent has just sent.
   */
  #ingest(): void {
    this.dataplane.run(this.#nowNs, 0);
    this.#drainNotices();
  }

  // ── Drops, moves and traces ───────────────────────────────────────────────────────────────────────────────────────

  #drainNotices(): void {
    for (const notice of this.dataplane.takeNotices()) this.#sayNotice(notice);
  }

  #sayNotice(notice: Notice): void {
    const present = this.#nowNs;
    this.#nowNs = notice.atNs;
    if (notice.kind !== 'drop') sayNotice(this.#turn(), notice);
    else this.#memory.dropRuns[runKey(notice)] = sayFirstDrop(this.#turn(), notice);
    this.#nowNs = present;
  }

  #drainTraces(): void {
    const { onTrace } = this;
    if (onTrace !== null) this.dataplane.eachTrace(onTrace);
  }

  // ── Events ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #record<T extends EventType>(
    type: T,
    cause: Position,
    data: EventData[T],
    commandId: string,
    checkpoint: Checkpoint | null,
  ): Position {
    const position = this.#current.position + 1;
    const event = { type, data, position, atNs: nanos(this.#nowNs), cause } as unknown as LabEvent;
    const body = encodeBody(event);
    this.#chainBytes = nextChain(this.#chainBytes, body, this.#options.sha256);
    this.#decided.push({ event, body, chain: this.#chainBytes, commandId, checkpoint });
    evolve(this.#current, event);
    return position;
  }

  #say<T extends EventType>(type: T, cause: Position, data: EventData[T]): Position {
    this.recordPaced();
    const position = this.#record(type, cause, data, '', null);
    this.dataplane.control.followCause(position, cause);
    const event = this.#decided.at(-1)?.event;
    this.#indexAfter(type, data);
    const target = { dataplane: this.dataplane, index: this.lab, state: this.#current };
    if (event !== undefined) {
      project(target, event);
      projectNic(target, event);
    }
    return position;
  }

  #indexAfter(type: EventType, data: object): void {
    const lab = this.#current.lab ?? this.lab.lab;
    if (INDEXED_ANEW.has(type)) this.#index = indexLab(lab, this.#current.devices);
    if (READDRESSED.has(type)) this.#index = readdressed(this.lab, lab, (data as { readonly node: string }).node);
  }

  #turn(): Turn {
    return openTurn({
      dataplane: this.dataplane,
      index: () => this.lab,
      defined: this.#defined ?? this.lab,
      state: this.#current,
      memory: this.#memory,
      nowNs: this.#nowNs,
      say: (type, cause, data) => this.#say(type, cause, data),
      inject: (injection) => this.#inject(injection),
    });
  }

  // ── Snapshots and hashes ──────────────────────────────────────────────────────────────────────────────────────────

  /** Hashes of everything this engine is, at the horizon. */
  checkpoint(): Checkpoint {
    const hash = this.#options.sha256 ?? sha256;
    const agents = new TextEncoder().encode(canonicalJson({ state: this.#current, memory: this.#memory }));
    return { engine: this.#options.identity, region: hash(this.dataplane.region()), agents: hash(agents) };
  }

  /**
   * A copy of the whole lab at its horizon, to be restored into any engine of the same build.
   * @param isView whether the region is the engine's own memory, good until it goes on: for who packs it at once
   */
  snapshot({ isView = false } = {}): Snapshot {
    if (this.#pacedNs !== this.#untilNs) throw new RangeError('time has passed that is not on record: recordPaced comes first');
    return {
      position: this.position,
      chain: this.#chainBytes,
      untilNs: this.#untilNs,
      region: isView ? this.dataplane.region() : this.dataplane.region().slice(),
      state: structuredClone(this.#current),
      memory: structuredClone(this.#memory),
    };
  }

  /** Becomes what a snapshot holds. @throws RangeError when it was taken of a lab of another size. */
  restore(snapshot: Snapshot): void {
    const { lab } = snapshot.state;
    if (lab === null) throw new RangeError('a snapshot of no lab');
    this.#index = indexLab(lab, snapshot.state.devices);
    // What configuring would write lies in the region, which comes whole: only the rings around it have to be laid out.
    this.#defined = indexLab(snapshot.state.defined ?? lab, snapshot.state.devices);
    this.dataplane.layOut(regionSizes(this.#defined, this.#options.traceBytes ?? 0));
    this.dataplane.restore(snapshot.region);
    this.#current = revived(structuredClone(snapshot.state));
    this.#memory = revivedMemory(structuredClone(snapshot.memory));
    this.#chainBytes = snapshot.chain;
    this.#untilNs = snapshot.untilNs;
    this.#pacedNs = snapshot.untilNs;
    this.#nowNs = this.dataplane.nowNs;
    this.#decided = [];
  }
}
