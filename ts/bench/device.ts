/**
 * A device under test: the data plane that labs run, with one node whose lines are polled, and the tester beside it in wasm
 * (asm/bench/bench.ts).
 */
import * as L from '../../asm/memory/layout.ts';
import { Dataplane } from '../dataplane/dataplane.ts';
import { configureRouter6, router6Bytes } from './device-ipv6.ts';
import { configureNic, nicSizes } from './device-nic.ts';
import { configureFirewall, firewallBytes } from './device-session.ts';
import { ACCESS_VLAN, type Delivered, type Forwarder, type Shape, STATION_MAC, WIRE } from './shape.ts';

/** The raw exports a benchmark calls (asm/bench/bench.ts). */
interface BenchRaw {
  setPolled(link: number, polled: boolean): void;
  burst(link: number, max: number): number;
  benchBegin(ports: number, stations: number, trunk: number, trunkVlan: number): void;
  benchPolls(polls: number, size: number): void;
  benchHashes(count: number): void;
  benchSessions(sessions: number, opens: boolean): void;
  benchFrames(): bigint;
  benchDigest(): number;
  benchDropped(): bigint;
}

const BUFFERS = 4096;
const DROP_RUNS = 1024 + L.DROP_RUN_OVERFLOW;
const QUEUE_NS = 1n << 30n;
const AGEING_NS = 300_000_000_000n;
const NEVER = 0xffff_ffff_ffff_ffffn;
const DEFINITION = 1;
const ROUTER_MAC = 0x0600_0000_0000;
const NETWORK = 0x0a00_0000;
const NETWORK_MASK = 0xffff_0000;

export interface DeviceOptions {
  /** Arrivals are taken by `burst`; else they are events of `run`. */
  readonly polled?: boolean;
  readonly traceBytes?: number;
}

/** Devices with routes and neighbours. */
function routes(kind: Shape['kind']): boolean {
  return kind === 'router' || kind === 'router6' || kind === 'firewall';
}

export class Device extends Dataplane implements Forwarder {
  readonly #shape: Shape;
  readonly #bench: BenchRaw;

  /** @param module a build of the data plane. */
  constructor(module: WebAssembly.Module, shape: Shape, { polled = true, traceBytes = 0 }: DeviceOptions = {}) {
    super(module);
    this.#bench = this.raw as unknown as BenchRaw;
    this.#shape = shape;
    this.#layOutShape(traceBytes);
    this.#configure(polled);
    // As in a lab that was just defined: what follows from that alone did not happen since.
    this.control.setDefined(DEFINITION);
    this.#bench.benchBegin(shape.ports, shape.stations, this.#trunk(), L.VLAN_TAGGED | ACCESS_VLAN);
    if (shape.kind === 'firewall') this.#bench.benchSessions(shape.sessions, shape.opens);
  }

  /** A raw export that does nothing to speak of. */
  call(): number {
    return this.raw.io();
  }

  /** Serves frames that wait on a line. Returns how many there were. */
  burst(link: number, max: number): number {
    return this.#bench.burst(link, max);
  }

  /** Polls ports in turn, so many of them. */
  polls(polls: number, burst: number): void {
    this.#bench.benchPolls(polls, burst);
  }

  /** Hashes so many frames with the first VF's key. */
  hashes(count: number): void {
    this.#bench.benchHashes(count);
  }

  /** What was delivered so far, order included; what was hashed, too. */
  result(): Delivered {
    const bench = this.#bench;
    return { frames: Number(bench.benchFrames()), digest: bench.benchDigest() >>> 0, dropped: Number(bench.benchDropped()) };
  }

  /** The port with tagged frames: a vSwitch's uplink, a NIC's wire. */
  #trunk(): number {
    const shape = this.#shape;
    if (shape.kind === 'nic') return shape.hasWire ? WIRE : L.NONE;
    return shape.kind === 'vswitch' ? shape.ports - 1 : L.NONE;
  }

  #layOutShape(traceBytes: number): void {
    const { kind, ports, stations } = this.#shape;
    this.layOut({
      nodes: 2,
      ports: ports * 2,
      lines: ports * 2,
      flows: 0,
      timers: 2,
      routes: routes(kind) ? ports * 2 : 0,
      neighbours: routes(kind) ? stations * 4 : 0,
      fdb: this.#tableSlots(),
      dropRuns: DROP_RUNS,
      descriptors: BUFFERS,
      smallBuffers: BUFFERS,
      jumboBuffers: 0,
      fanMax: ports + 2,
      elements: this.#elementBytes(),
      ioSlots: 0,
      traceBytes,
    });
    this.control.setDropTimer(0);
  }

  #elementBytes(): number {
    if (this.#shape.kind === 'nic') return nicSizes(this.#shape);
    if (this.#shape.kind === 'router6') return router6Bytes(this.#shape);
    return this.#shape.kind === 'firewall' ? firewallBytes(this.#shape) : 0;
  }

  #tableSlots(): number {
    const { kind, stations } = this.#shape;
    return routes(kind) ? 0 : Math.max(16, stations * 2);
  }

  #configure(polled: boolean): void {
    const { kind, ports, stations } = this.#shape;
    const kinds = {
      switch: L.NODE_SWITCH,
      vswitch: L.NODE_VSWITCH,
      router: L.NODE_LAYER3,
      router6: L.NODE_LAYER3,
      firewall: L.NODE_LAYER3,
      nic: L.NODE_NIC,
    };
    this.#configureNode(0, kinds[kind], routes(kind) ? stations * 4 : 0, this.#tableSlots());
    this.#configureNode(1, L.NODE_NONE, 0, 0);
    for (let port = 0; port < ports * 2; port++) this.#configurePort(port);
    for (let port = 0; port < ports; port++) {
      this.#configureLine(port, ports + port, port, polled);
      this.#configureLine(ports + port, port, ports + port, polled);
    }
    if (this.#shape.kind === 'router6') configureRouter6(this.control, this.#shape);
    else if (routes(kind)) this.#configureRouter();
    if (this.#shape.kind === 'nic') configureNic(this.control, this.#shape);
    if (this.#shape.kind === 'firewall') configureFirewall(this.control, this.#shape);
  }

  #configureNode(id: number, kind: number, neighbourSlots: number, fdbSlots: number): void {
    const { ports, stations } = this.#shape;
    const passesOn = this.#shape.kind === 'firewall' ? L.NODE_SESSIONS : L.NODE_FORWARDS;
    this.control.configureNode({
      id,
      kind,
      nodeFlags: kind === L.NODE_LAYER3 ? passesOn : 0,
      firstPort: id * ports,
      portCount: ports,
      fdbSlots,
      fdbLimit: stations,
      ageingNs: AGEING_NS,
      routeMax: kind === L.NODE_LAYER3 ? ports * 2 : 0,
      neighbourSlots,
      reachableNs: NEVER,
    });
  }

  #configurePort(id: number): void {
    const { kind, ports } = this.#shape;
    const isTester = id >= ports;
    const isTrunk = id === this.#trunk();
    const router = ROUTER_MAC + id;
    const guest = { switch: 0, vswitch: STATION_MAC + id, router, router6: router, firewall: router, nic: 0 };
    this.control.configurePort({
      id,
      node: isTester ? 1 : 0,
      portFlags: L.PORT_UP | (isTrunk && kind === 'vswitch' ? L.PORT_UPLINK | L.PORT_ACTIVE_UPLINK : 0),
      vlan: isTester || isTrunk || routes(kind) || kind === 'nic' ? 0 : ACCESS_VLAN,
      mtu: L.MTU_MAX,
      frameMax: L.MTU_MAX + L.ETHERNET_HEADER_BYTES,
      mac: BigInt(isTester || isTrunk ? 0 : guest[kind]),
      learnLimit: 0,
      cause: DEFINITION,
    });
  }

  #configureLine(id: number, source: number, target: number, polled: boolean): void {
    this.control.configureLine({
      id,
      source,
      target,
      psPerByte: 0n,
      latencyNs: 0n,
      queueNs: QUEUE_NS,
      cause: DEFINITION,
      seed: 1n,
    });
    this.#bench.setPolled(id, polled);
  }

  /** 10.<port>.0.0/16 behind each port, with every station's address resolved. */
  #configureRouter(): void {
    const { ports, stations } = this.#shape;
    for (let port = 0; port < ports; port++) this.control.addAddress(port, NETWORK + port * 0x10000 + 0xfffe, NETWORK_MASK);
    for (let station = 0; station < stations; station++) {
      const port = station % ports;
      this.control.setNeighbour(port, NETWORK + port * 0x10000 + station, BigInt(STATION_MAC + station), DEFINITION, 0);
    }
  }
}
