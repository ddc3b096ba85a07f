/**
 * The real data plane in the oracle's words: one switch in a lab of its own, each port cabled to a host without addresses, so
 * that nobody answers anything. Frames come in by the cable; what the ports see is read from the trace ring.
 */
import { readFileSync } from 'node:fs';
import { configure } from '../../ts/dataplane/configure.ts';
import { Dataplane, type TraceRecord } from '../../ts/dataplane/dataplane.ts';
import { type DropReason, dropReasonName } from '../../ts/model/events/drop-reasons.ts';
import type { Lab } from '../../ts/model/lab/lab.ts';
import { indexLab, type LabIndex, portOf } from '../../ts/model/lab/lab-index.ts';
import type { VSwitchPolicy } from '../../ts/model/lab/nodes.ts';
import { type Mac, macFromNumber, macToNumber } from '../../ts/values/mac.ts';
import { nanos } from '../../ts/values/nanos.ts';
import type { VlanTag } from '../../ts/wire/ethernet.ts';
import { host, lab, learningSwitch, link, type Part, vswitch } from '../support/lab.ts';
import { playsLab } from '../support/played.ts';
import {
  type Change,
  type Counters,
  type DrivenSwitch,
  type Frame,
  type LearningSwitchDescription,
  type Moves,
  type PortName,
  portNames,
  type SwitchDescription,
  type TableRow,
  type Verdict,
  type VSwitchDescription,
} from './switch-model.ts';

const WASM = new WebAssembly.Module(readFileSync('gen/dataplane/dataplane.core.wasm'));
const TRACE_BYTES = 1 << 18;
const NAME = 'sw';
/** Position that everything here is blamed on: there are no events. */
const CAUSE = 1;
const SEVERAL = 0x8000_0000;
const STATIC_NS = 0xffff_ffff_ffff_ffffn;

/** One instance for many labs: compiling is dear, laying out anew is cheap. */
let spare: Dataplane | null = null;

export class DataplaneSwitch implements DrivenSwitch {
  readonly #dataplane: Dataplane;
  readonly #index: LabIndex;
  readonly #names: readonly PortName[];
  readonly #firstPort: number;
  readonly #node: number;
  readonly #ageingNs: number;
  readonly #uplinks: readonly PortName[];
  readonly #macs: Map<PortName, { initial: Mac; effective: Mac }>;
  /** What notices and counts told of moves, by "vlan mac". */
  readonly #moves = new Map<string, Moves>();

  /** The last one made is no longer usable once another is. */
  constructor(description: SwitchDescription) {
    playsLab();
    const isVSwitch = description.kind === 'vswitch';
    this.#index = indexLab(isVSwitch ? labOfVSwitch(description) : labOfSwitch(description));
    this.#names = portNames(description);
    this.#uplinks = isVSwitch ? description.uplinks : [];
    this.#ageingNs = (isVSwitch ? description.learning?.ageingNs : description.ageingNs) ?? Number.POSITIVE_INFINITY;
    this.#macs = new Map(isVSwitch ? description.guests.map(({ name, mac }) => [name, { initial: mac, effective: mac }]) : []);
    // A data plane that trapped is not used again: it is taken here and put back when it is known to be well.
    this.#dataplane = spare ?? new Dataplane(WASM);
    spare = null;
    configure(this.#dataplane, this.#index, TRACE_BYTES);
    this.#node = this.#index.nodes.get(NAME) ?? 0;
    this.#firstPort = this.#port(this.#names[0] ?? '');
    this.#dataplane.watch(this.#names.map((name) => this.#port(name)));
    for (const [i, name] of this.#names.entries()) {
      if (this.#port(name) !== this.#firstPort + i) throw new Error(`${name} is out of order: ports must be described sorted`);
    }
  }

  /** Gives the instance back for the next switch. */
  release(): void {
    spare = this.#dataplane;
  }

  receive(atNs: number, portName: PortName, frame: Frame): Verdict {
    const ingress = this.#port(portName);
    const bytes = frameBytes(frame);
    const wasTaken = this.#dataplane.inject({ port: ingress, direction: 'received', atNs, cause: CAUSE, bytes });
    if (!wasTaken) throw new Error('the inject ring is full');
    // Everything up to this instant, and not what the copies become at the other end of their cables.
    for (let stop = ''; stop !== 'until'; ) {
      stop = this.#dataplane.run(atNs + 1);
      for (const notice of this.#dataplane.takeNotices()) if (notice.kind === 'move') this.#countMoves(notice, 1);
      if (stop === 'timer') this.#flush();
    }
    return this.#verdictOf(ingress, bytes, this.#dataplane.takeTraces());
  }

  /** What an engine does at the end of a virtual second. */
  #flush(): void {
    const { control } = this.#dataplane;
    for (const row of this.#dataplane.rows((start) => control.readMoveRuns(start))) {
      const { vlan, mac, oldPort: from, newPort: to } = row;
      this.#countMoves({ vlan, mac: macFromNumber(Number(mac)), from, to }, row.count);
    }
    control.flushMoveRuns();
    control.flushDropRuns();
  }

  #countMoves(last: { readonly vlan: number; readonly mac: Mac; readonly from: number; readonly to: number }, times: number): void {
    const { vlan, mac } = last;
    const sum = (this.#moves.get(`${vlan} ${mac}`)?.times ?? 0) + times;
    const [from, to] = [last.from, last.to].map((port) => this.#names[port - this.#firstPort] ?? `port ${port}`);
    this.#moves.set(`${vlan} ${mac}`, { vlan, mac, times: sum, from: from ?? '', to: to ?? '' });
  }

  #verdictOf(ingress: number, bytes: Uint8Array, traces: readonly TraceRecord[]): Verdict {
    const delivered: Verdict['delivered'][number][] = [];
    const refused: Verdict['refused'][number][] = [];
    let dropped: DropReason | null = null;
    for (const trace of [...traces].sort((a, b) => a.port - b.port)) {
      const port = this.#names[trace.port - this.#firstPort] ?? `port ${trace.port}`;
      if (trace.kind === 'sent') {
        if (!sameButForTag(trace.bytes, bytes)) throw new Error(`${port} sent other bytes than came in`);
        delivered.push({ port, tag: tagOf(trace.bytes) });
      } else if (trace.kind === 'dropped') {
        const reason = dropReasonName(trace.reason);
        if (trace.port === ingress) dropped = reason;
        else refused.push({ port, reason });
      }
    }
    return { delivered, refused, dropped };
  }

  apply(change: Change): void {
    const { control } = this.#dataplane;
    switch (change.what) {
      case 'power':
        control.setPower(this.#node, change.on, CAUSE);
        break;
      case 'carrier':
        control.setCarrier(this.#port(change.port), change.up, CAUSE);
        break;
      case 'policy':
        setPolicy(this.#dataplane, this.#port(change.port), change.policy);
        break;
      case 'guest MAC':
        this.#setMacs(change.port, this.#macs.get(change.port)?.initial ?? change.mac, change.mac);
        break;
      case 'host MAC':
        this.#setMacs(change.port, change.mac, change.mac);
        break;
      case 'blocked':
        control.setBlocked(this.#port(change.port), change.blocked, CAUSE);
        break;
      case 'guest asks for promiscuous':
        control.setGuestPromiscuous(this.#port(change.port), change.requested, CAUSE);
        break;
      case 'join':
        control.joinGroup(this.#port(change.port), macNumber(change.group));
        break;
      case 'active uplink':
        for (const uplink of this.#uplinks) control.setActiveUplink(this.#port(uplink), uplink === change.port, CAUSE);
        break;
      case 'uplink in use':
        control.setActiveUplink(this.#port(change.port), change.used, CAUSE);
        break;
      default:
        change satisfies never;
    }
  }

  #setMacs(port: PortName, initial: Mac, effective: Mac): void {
    this.#macs.set(port, { initial, effective });
    const number = macNumber(effective);
    this.#dataplane.control.setMacs(this.#port(port), macNumber(initial), number, number, CAUSE);
  }

  table(atNs: number): readonly TableRow[] {
    const rows = this.#dataplane.rows((start) => this.#dataplane.control.readFdb(this.#node, start));
    const read = rows.map(({ vlan, mac, port, seenNs }) => ({
      vlan,
      mac: macFromNumber(Number(mac)),
      port: this.#names[(port & ~SEVERAL) - this.#firstPort] ?? `port ${port}`,
      isShared: (port & SEVERAL) !== 0,
      seenNs: seenNs === STATIC_NS ? null : Number(seenNs),
    }));
    // Expired entries lie there until somebody needs the room.
    return read.filter(({ seenNs }) => seenNs === null || atNs - seenNs < this.#ageingNs);
  }

  counters(): Counters {
    const ports = this.#names.map((port) => {
      const { rxFrames, txFrames, drops } = this.#dataplane.control.readPort(this.#port(port));
      return { port, received: Number(rxFrames), sent: Number(txFrames), dropped: Number(drops) };
    });
    this.#flush();
    return { ports, moved: Number(this.#dataplane.control.readNode(this.#node).moved), moves: [...this.#moves.values()] };
  }

  #port(name: PortName): number {
    return portOf(this.#index, `${NAME}:${name}`);
  }
}

// ── Labs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A switch's part, and a host at the far end of each port: "h-" and the port's name. */
function cabled(part: Part, ports: readonly { readonly name: PortName; readonly mac?: Mac }[]): Lab {
  const far = ports.map(({ name, mac }) => host(`h-${name}`, mac === undefined ? {} : { mac }));
  const cables = ports.map(({ name }) => link(`h-${name}:eth0`, `${NAME}:${name}`, { rateBps: 0, latencyNs: 0 }));
  return lab(part, ...far, ...cables);
}

function labOfVSwitch(description: VSwitchDescription): Lab {
  const { guests, uplinks, learning, reversePathCheckPromisc, teaming } = description;
  if (guests.some(({ learns }) => learns !== (learning !== null)))
    throw new Error('a vSwitch of a lab learns on all ports or none');
  const ports = Object.fromEntries(guests.map(({ name, vlan, policy }) => [name, { vlan, policy }]));
  const learns = learning === null ? {} : { learning };
  const part = vswitch(NAME, { ports, uplinks, reversePathCheckPromisc, ...learns, ...(teaming !== null && { teaming }) });
  return cabled(part, [...guests, ...uplinks.map((name) => ({ name }))]);
}

function labOfSwitch({ kind, ports, ageingNs, tableSize }: LearningSwitchDescription): Lab {
  const vlans = Object.fromEntries(ports.map(({ name, vlan, bond }) => [name, { vlan, ...(bond !== undefined && { bond }) }]));
  return cabled(
    learningSwitch(NAME, { kind, ports: vlans, ageingNs: nanos(ageingNs), tableSize }),
    ports.map(({ name }) => ({ name })),
  );
}

function setPolicy(dataplane: Dataplane, port: number, { promiscuous, macChanges, forgedTransmits }: VSwitchPolicy): void {
  dataplane.control.setPolicy(port, promiscuous, macChanges, forgedTransmits, CAUSE);
}

// ── Frames ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const FRAME_BYTES = 60;
const TAG_AT = 12;
const TAG_BYTES = 4;
/** For local experiments (IEEE 802): no host answers it. */
const EXPERIMENTAL = 0x88b5;
/** Of an untagged frame with an IPv4 packet: the last octets of both addresses. */
const [SOURCE_OCTET, DESTINATION_OCTET] = [29, 33];

/** The bytes of a frame. By hand, because the reserved VLAN id 4095 must be possible too. */
export function frameBytes({ dst, src, tag, octets }: Frame): Uint8Array {
  const tagBytes = tag === null ? 0 : TAG_BYTES;
  const bytes = new Uint8Array(FRAME_BYTES + tagBytes);
  const view = new DataView(bytes.buffer);
  bytes.set([...macBytes(dst), ...macBytes(src)]);
  if (tag !== null) view.setUint32(TAG_AT, (0x8100 << 16) | (tag.priority << 13) | (tag.isDropEligible ? 0x1000 : 0) | tag.id);
  view.setUint16(TAG_AT + tagBytes, EXPERIMENTAL);
  for (let i = TAG_AT + tagBytes + 2; i < bytes.length; i++) bytes[i] = i - tagBytes;
  if (octets !== undefined) [bytes[SOURCE_OCTET + tagBytes], bytes[DESTINATION_OCTET + tagBytes]] = octets;
  return bytes;
}

/** The tag of a frame's bytes. */
export function tagOf(bytes: Uint8Array): VlanTag | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(TAG_AT) !== 0x8100) return null;
  const tci = view.getUint16(TAG_AT + 2);
  return { id: tci & 0xfff, priority: tci >>> 13, isDropEligible: (tci & 0x1000) !== 0 };
}

function withoutTag(bytes: Uint8Array): Uint8Array {
  if (tagOf(bytes) === null) return bytes;
  return Uint8Array.from([...bytes.subarray(0, TAG_AT), ...bytes.subarray(TAG_AT + TAG_BYTES)]);
}

/** Whether a copy carries what came in, whatever its tag. */
export function sameButForTag(a: Uint8Array, b: Uint8Array): boolean {
  const [left, right] = [withoutTag(a), withoutTag(b)];
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}

function macBytes(mac: Mac): number[] {
  return mac.split(':').map((byte) => Number.parseInt(byte, 16));
}

function macNumber(mac: Mac): bigint {
  return BigInt(macToNumber(mac));
}
