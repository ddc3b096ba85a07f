/**
 * The oracle: what the rules say a layer-2 switch does with each frame, as plainly as TypeScript can say it. It shares no
 * code and no table with the data plane, and nothing in it is fast. Where the two disagree, one of them is wrong.
 *
 * Where the rules are silent it fixes the following, and the data plane must agree:
 * - A recipient with several reasons to be refused gets the first of: reverse-path, mac-change-rejected, port-blocked,
 *   link-down. A flooding learning switch does not even try ports without carrier.
 * - Priority tags (VLAN id 0) count as no tag, and leave without one. Priority and drop-eligible bits of a tag stay.
 * - A group address as source is never learned.
 * - The learning table has one entry for a VLAN and an address. An address the host gives to a vNIC takes the place of what
 *   was learned in its VLAN; a trunk port's is entered as VLAN 4095 and counts in every VLAN.
 */
import type { VSwitchPolicy } from '../../ts/model/lab/nodes.ts';
import type { Mac } from '../../ts/values/mac.ts';
import { AddressTable } from './address-table.ts';
import { decideSwitch } from './reference-switch.ts';
import { decideVSwitch } from './reference-vswitch.ts';
import { activeOf, bondOf, type Decision, type Port, type Standing } from './standing.ts';
import {
  type Change,
  type Counters,
  type DrivenSwitch,
  type Frame,
  type PortName,
  type SwitchDescription,
  type TableRow,
  TRUNK,
  type Verdict,
} from './switch-model.ts';

const NO_POLICY: VSwitchPolicy = { promiscuous: false, macChanges: false, forgedTransmits: false };

export class ReferenceSwitch implements DrivenSwitch, Standing {
  readonly description: SwitchDescription;
  readonly ports: readonly Port[];
  readonly learned: AddressTable;
  #isPowered = true;

  constructor(description: SwitchDescription) {
    this.description = description;
    this.ports = portsOf(description);
    const ageingNs = description.kind === 'vswitch' ? description.learning?.ageingNs : description.ageingNs;
    this.learned = new AddressTable(ageingNs ?? Number.POSITIVE_INFINITY);
  }

  receive(atNs: number, portName: PortName, frame: Frame): Verdict {
    this.learned.forgetAged(atNs);
    const ingress = this.port(portName);
    const decision = this.#decide(atNs, ingress, frame);
    if ('drop' in decision) {
      ingress.dropped++;
      return { delivered: [], refused: [], dropped: decision.drop };
    }
    const delivered: Verdict['delivered'][number][] = [];
    const refused: Verdict['refused'][number][] = [];
    for (const { port, tag, refusal } of decision.recipients) {
      if (refusal === null) {
        port.sent++;
        delivered.push({ port: port.name, tag });
      } else {
        port.dropped++;
        refused.push({ port: port.name, reason: refusal });
      }
    }
    return { delivered, refused, dropped: null };
  }

  #decide(atNs: number, ingress: Port, frame: Frame): Decision {
    if (!ingress.hasCarrier) return { drop: 'link-down' };
    ingress.received++;
    if (!this.#isPowered) return { drop: 'interface-down' };
    return this.description.kind === 'vswitch'
      ? decideVSwitch(this, this.description, atNs, ingress, frame)
      : decideSwitch(this, this.description, atNs, ingress, frame);
  }

  apply(change: Change): void {
    if (change.what === 'power') {
      this.#isPowered = change.on;
      // A switch that lost power has learned nothing.
      if (!change.on) this.learned.forgetAll();
      return;
    }
    const port = this.port(change.port);
    switch (change.what) {
      case 'carrier':
        port.hasCarrier = change.up;
        // What was behind a dead port is nowhere; a vSwitch's guests stay where the host put them.
        if (!change.up && this.description.kind !== 'vswitch' && !activeOf(this, port).hasCarrier) {
          this.learned.forgetBehind(bondOf(this, port)[0]?.name ?? port.name);
        }
        break;
      case 'policy':
        port.policy = change.policy;
        break;
      case 'guest MAC':
        this.#give(port, change.mac);
        break;
      case 'host MAC':
        port.initialMac = change.mac;
        this.#give(port, change.mac);
        break;
      case 'blocked':
        port.isBlocked = change.blocked;
        break;
      case 'guest asks for promiscuous':
        port.asksForPromiscuous = change.requested;
        break;
      case 'join':
        port.groups.add(change.group);
        break;
      case 'active uplink':
        for (const uplink of this.ports) uplink.isActiveUplink = uplink === port;
        break;
      case 'uplink in use':
        port.isActiveUplink = change.used;
        break;
      default:
        change satisfies never;
    }
  }

  /** A vNIC has an effective MAC from here on. */
  #give(port: Port, mac: Mac): void {
    port.effectiveMac = mac;
    this.learned.forget(port.vlan, mac);
  }

  table(atNs: number): readonly TableRow[] {
    this.learned.forgetAged(atNs);
    const rows: TableRow[] = this.learned.rows().map((row) => ({ ...row, isShared: false }));
    for (const port of this.ports) {
      const { vlan, effectiveMac: mac } = port;
      if (mac === null) continue;
      const holders = this.ports.filter(({ effectiveMac }) => effectiveMac === mac);
      const isShared = holders.some((other) => other !== port && (other.vlan === vlan || other.vlan === TRUNK));
      const isFirst = holders.find((other) => other.vlan === vlan) === port;
      if (isFirst) rows.push({ vlan, mac, port: port.name, isShared, seenNs: null });
    }
    return rows;
  }

  counters(): Counters {
    const ports = this.ports.map(({ name, received, sent, dropped }) => ({ port: name, received, sent, dropped }));
    return { ports, moved: this.learned.moved, moves: this.learned.moves };
  }

  /** A port as it stands. */
  port(name: PortName): Port {
    const port = this.ports.find((one) => one.name === name);
    if (port === undefined) throw new RangeError(`this switch has no port ${name}`);
    return port;
  }
}

function portsOf(description: SwitchDescription): Port[] {
  if (description.kind !== 'vswitch')
    return description.ports.map(({ name, vlan, bond = null }) => newPort(name, 'plain', { vlan, bond }));
  const guests = description.guests.map(({ name, vlan, mac, policy, learns }) =>
    newPort(name, 'guest', { vlan, policy, learns, initialMac: mac, effectiveMac: mac }),
  );
  const isTeam = description.teaming !== null;
  // An uplink carries every VLAN.
  const uplinks = description.uplinks.map((name, i) => newPort(name, 'uplink', { vlan: TRUNK, isActiveUplink: i === 0 || isTeam }));
  return [...guests, ...uplinks];
}

function newPort(name: PortName, kind: Port['kind'], more: Partial<Port>): Port {
  return {
    name,
    kind,
    vlan: 0,
    bond: null,
    learns: false,
    groups: new Set(),
    initialMac: null,
    effectiveMac: null,
    policy: NO_POLICY,
    asksForPromiscuous: false,
    isActiveUplink: false,
    isBlocked: false,
    hasCarrier: true,
    received: 0,
    sent: 0,
    dropped: 0,
    ...more,
  };
}
