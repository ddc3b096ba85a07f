/** The real data plane as a NIC with four VFs, in a lab of its own: each port cabled to a host without addresses, so that nobody answers. */
import { readFileSync } from 'node:fs';
import * as N from '../../asm/memory/nic-layout.ts';
import { configure } from '../../ts/dataplane/configure.ts';
import { Dataplane } from '../../ts/dataplane/dataplane.ts';
import { dropReasonName } from '../../ts/model/events/drop-reasons.ts';
import { indexLab, type LabIndex, portOf } from '../../ts/model/lab/lab-index.ts';
import { type Mac, macFromNumber, macToNumber } from '../../ts/values/mac.ts';
import { host, lab, link, nic } from '../support/lab.ts';
import { frameBytes, sameButForTag, tagOf } from './dataplane-switch.ts';
import { type Fate, FUNCTIONS, type FunctionName, type NicFrame, type NicModel, tagText } from './reference-nic.ts';

const WASM = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));
const TRACE_BYTES = 1 << 18;
/** Position that everything here is blamed on: there are no events. */
const CAUSE = 1;
const PORTS = ['wire', ...FUNCTIONS] as const;
const LAB = lab(
  nic('nic', { vfs: [{}, {}, {}, {}] }),
  ...PORTS.flatMap((name) => [host(`h-${name}`), link(`h-${name}:eth0`, `nic:${name}`, { rateBps: 0, latencyNs: 0 })]),
);

/** One instance for many cases: compiling is dear, laying out anew is cheap. */
let spare: Dataplane | null = null;

export class DataplaneNic {
  readonly #dataplane: Dataplane;
  readonly #index: LabIndex = indexLab(LAB);
  readonly #node: number;

  /** The last one made is no longer usable once another is. */
  constructor(model: NicModel) {
    this.#dataplane = spare ?? new Dataplane(WASM);
    spare = null;
    configure(this.#dataplane, this.#index, TRACE_BYTES);
    this.#node = this.#index.nodes.get('nic') ?? 0;
    this.#dataplane.watch(PORTS.map((name) => this.#port(name)));
    this.setMode(model);
    for (const name of FUNCTIONS) {
      this.setPool(model, name);
      for (const vid of model.pools[name].vlans) this.setVlan(name, vid, true);
    }
    for (const { mac, owner } of model.addresses) this.setAddress(owner, mac, true);
    for (const vector of model.multicastVectors) this.setMulticast(vector, true);
  }

  /** Gives the instance back for the next case. */
  release(): void {
    spare = this.#dataplane;
  }

  setMode({ isVepa, prunes, isOpen, poolsOpen, hasDefaultPool }: NicModel): void {
    const flags =
      (isVepa ? N.NIC_VEPA : 0) |
      (prunes ? N.NIC_PRUNES : 0) |
      (isOpen ? N.NIC_OPEN : 0) |
      (poolsOpen ? N.NIC_POOLS_OPEN : 0) |
      (hasDefaultPool ? N.NIC_DEFAULT_POOL : 0);
    this.#dataplane.control.setNic(this.#node, flags, CAUSE);
  }

  setPool(model: NicModel, name: FunctionName): void {
    const pool = model.pools[name];
    const flags =
      (pool.receives ? N.POOL_RX : 0) |
      (pool.transmits ? N.POOL_TX : 0) |
      (pool.takesBroadcast ? N.POOL_BROADCAST : 0) |
      (pool.hashesMulticast ? N.POOL_MULTICAST_HASH : 0) |
      (pool.takesAllMulticast ? N.POOL_ALL_MULTICAST : 0) |
      (pool.isPromiscuous ? N.POOL_PROMISCUOUS : 0) |
      (pool.checksSource ? N.POOL_SPOOF_CHECK : 0);
    const tci = pool.portVlan === 0 ? 0 : (pool.qos << 13) | pool.portVlan;
    this.#dataplane.control.setPool(this.#port(name), flags, tci, CAUSE);
    this.#dataplane.control.setQueues(this.#port(name), 1, pool.hasDescriptors ? 1 : 0, CAUSE);
  }

  setVlan(name: FunctionName, vid: number, isMember: boolean): void {
    this.#dataplane.control.setPoolVlan(this.#port(name), vid, isMember, CAUSE);
  }

  setAddress(name: FunctionName, mac: Mac, isPresent: boolean): void {
    this.#dataplane.control.setFilter(this.#port(name), BigInt(macToNumber(mac)), isPresent, CAUSE);
  }

  setMulticast(vector: number, isOn: boolean): void {
    this.#dataplane.control.setMulticast(this.#node, vector, isOn, CAUSE);
  }

  receive(atNs: number, from: FunctionName | 'wire', frame: NicFrame): Fate[] {
    const bytes = frameBytes(frame);
    this.#dataplane.inject({ port: this.#port(from), direction: 'received', atNs, cause: CAUSE, bytes });
    // Everything up to this instant, and not what the copies become at the other end of their cables.
    while (this.#dataplane.run(atNs + 1) !== 'until') this.#dataplane.takeNotices();
    this.#dataplane.takeNotices();
    return this.#dataplane.takeTraces().flatMap(({ port, kind, reason, bytes: seen }) => {
      const name = PORTS.find((one) => this.#port(one) === port) ?? `port ${port}`;
      if (kind === 'received') return [];
      if (!sameButForTag(seen, bytes)) return [`${name} sent other bytes than came in`];
      return [kind === 'sent' ? `${name} gets ${tagText(tagOf(seen))}` : `${name} loses it, ${dropReasonName(reason)}`];
    });
  }

  /** Addresses, oldest first, as "mac owner". */
  addresses(): string[] {
    const rows = this.#dataplane.rows((start) => this.#dataplane.control.readFilters(this.#node, start));
    return rows.map(({ mac, port }) => `${macFromNumber(Number(mac))} ${PORTS.find((one) => this.#port(one) === port)}`);
  }

  /** Whether every frame is accounted for. */
  isConserved(): boolean {
    const { born, copied, delivered, consumed, dropped, inFlight } = this.#dataplane.control.readTotals();
    return born + copied === delivered + consumed + dropped + BigInt(inFlight);
  }

  #port(name: FunctionName | 'wire'): number {
    return portOf(this.#index, `nic:${name}`);
  }
}
