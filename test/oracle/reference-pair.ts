/**
 * The oracle of a pair (rules HA-01, HA-02, HA-12, HA-16, HA-17, HA-19, HA-20): two firewalls of the oracle, the roles that they are given,
 * carrier of their cables, sessions that cross HA2, and what a new active unit announces.
 *
 * Where the rules are silent it fixes the following, and the engine must agree:
 * - A session crosses HA2 when it is established, when its state changes, and when half of the time that the peer gives it is over.
 * - All of them cross when a unit becomes active, when its peer starts, and when HA2 or the peer is back.
 * - A unit that is active takes no sessions over; any other with power does.
 * - A unit that stays active when its peer, which was active beside it, goes passive announces itself again: neighbours may believe the peer.
 * - A crashed unit whose links HA kept down keeps them down until it is active.
 */
import { type Ipv4, ipv4ToNumber } from '../../ts/values/ipv4-address.ts';
import { type Mac, macFromNumber, macToNumber } from '../../ts/values/mac.ts';
import { type ArrivingFrame, cableOf, type Fate, type FirewallDescription, type SessionText } from './firewall-model.ts';
import { type PairAction, type PairDescription, peerOf, type Role, UNITS, type Unit } from './pair-model.ts';
import { announcement, answerTo } from './reference-arp.ts';
import { ReferenceFirewall } from './reference-firewall.ts';
import type { SessionCopy } from './reference-sessions.ts';

/** Seconds from promotion to each announcement (rule HA-16). */
const BURST_S = [0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
/** A unit that preempts is active beside its peer for as long as its news takes, which is no split brain. */
const NEWS_NS = 1_000_000;

/** What a unit announces, and when it leaves: by a cable, with a tag or 0. */
export interface Announcement {
  readonly atMs: number;
  readonly port: string;
  readonly tag: number;
  readonly bytes: Uint8Array;
}

class ReferenceUnit {
  readonly firewall: ReferenceFirewall;
  readonly #pair: PairDescription;
  readonly #noCable = new Set<string>();
  readonly #dead = new Set<string>();
  isPowered = true;
  role: Role = 'initial';
  /** HA keeps its links down; from `opensNs` on no more. */
  #isShut = false;
  #opensNs: number | null = null;
  /** When the burst that runs began. */
  burstNs: number | null = null;
  #sinceNs = 0;

  constructor(pair: PairDescription, unit: Unit) {
    this.#pair = pair;
    this.firewall = new ReferenceFirewall(descriptionOf(pair, unit));
  }

  setCable(port: string, up: boolean, atNs: number): void {
    if (up) this.#noCable.delete(port);
    else this.#noCable.add(port);
    this.settle(atNs);
  }

  hasCable(port: string): boolean {
    return !this.#noCable.has(port);
  }

  setPower(on: boolean, atNs: number): void {
    this.isPowered = on;
    this.role = 'initial';
    this.#opensNs = null;
    this.burstNs = null;
    this.firewall.apply(atNs, { what: 'role', active: false });
    this.firewall.apply(atNs, { what: 'power', on });
  }

  become(role: Role, atNs: number): void {
    this.role = role;
    this.#sinceNs = atNs;
    this.burstNs = role === 'active' ? atNs : null;
    this.#opensNs = null;
    if (this.#pair.shutdown !== null) {
      if (role === 'passive' || role === 'suspended') this.#isShut = true;
      if (role === 'active' && this.#isShut) this.#opensNs = atNs + this.#pair.shutdown.bringupMs * 1e6;
    }
    this.firewall.apply(atNs, { what: 'role', active: role === 'active' });
    this.settle(atNs);
  }

  /** Rule HA-12: cables have the carrier that the world and HA give them by now. */
  settle(atNs: number): void {
    if (this.#opensNs !== null && this.#opensNs <= atNs) {
      this.#isShut = false;
      this.#opensNs = null;
    }
    for (const { name, parent } of this.firewall.description.interfaces) {
      const up = !this.#isShut && this.hasCable(name);
      if (parent !== null || up === !this.#dead.has(name)) continue;
      if (up) this.#dead.delete(name);
      else this.#dead.add(name);
      this.firewall.apply(atNs, { what: 'carrier', port: name, up });
    }
  }

  /** Its peer was active, too, and is no more. */
  staysActive(atNs: number): void {
    if (this.isPowered && this.role === 'active' && atNs - this.#sinceNs > NEWS_NS) this.burstNs = atNs;
  }

  hasCarrier(port: string, atNs: number): boolean {
    this.settle(atNs);
    return !this.#dead.has(port);
  }
}

export class ReferencePair {
  readonly #units: Readonly<Record<Unit, ReferenceUnit>>;
  readonly #hasHa2: boolean;

  constructor(pair: PairDescription) {
    this.#units = { fw1: new ReferenceUnit(pair, 'fw1'), fw2: new ReferenceUnit(pair, 'fw2') };
    this.#hasHa2 = pair.hasHa2;
  }

  /** The unit as a firewall of its own. */
  firewall(unit: Unit): ReferenceFirewall {
    return this.#units[unit].firewall;
  }

  role(unit: Unit): Role {
    return this.#units[unit].role;
  }

  isPowered(unit: Unit): boolean {
    return this.#units[unit].isPowered;
  }

  sessions(unit: Unit, atNs: number): readonly SessionText[] {
    return this.firewall(unit).sessions(atNs);
  }

  // ── What happens ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** What operators and the world do; the roles that follow are told apart (`become`). */
  act(action: PairAction, atNs: number): void {
    const unit = this.#units[action.unit];
    switch (action.what) {
      case 'crash':
        if (unit.isPowered) unit.setPower(false, atNs);
        break;
      case 'power-on':
        if (unit.isPowered) break;
        unit.setPower(true, atNs);
        this.#sendAll(peerOf(action.unit), atNs);
        break;
      case 'cable':
        unit.setCable(action.port, action.up, atNs);
        if (action.port === 'ha2' && this.#isHa2Up()) for (const one of UNITS) this.#sendAll(one, atNs);
        break;
      case 'clear sessions':
        this.#clear(action.unit, atNs);
        break;
      case 'suspend':
      case 'functional':
      case 'process':
        break;
      default:
        action satisfies never;
    }
  }

  #clear(unit: Unit, atNs: number): void {
    const { firewall, isPowered } = this.#units[unit];
    if (!isPowered) return;
    const gone = firewall.sessionTable?.takeAll(atNs) ?? [];
    firewall.apply(atNs, { what: 'clear sessions' });
    if (this.#crosses(unit)) this.firewall(peerOf(unit)).sessionTable?.remove(gone);
  }

  /** A unit takes a role. */
  become(unit: Unit, role: Role, atNs: number): void {
    const wasActive = this.#units[unit].role === 'active';
    this.#units[unit].become(role, atNs);
    if (wasActive && role === 'passive') this.#units[peerOf(unit)].staysActive(atNs);
    for (const one of UNITS) this.#sendAll(one, atNs);
  }

  /** @param choices the data plane's sessions of that unit: which port of a pool was taken. */
  receive(unit: Unit, atNs: number, frame: ArrivingFrame, choices: readonly SessionText[]): Fate {
    for (const one of UNITS) this.#units[one].settle(atNs);
    const { firewall } = this.#units[unit];
    const fate = firewall.receive(atNs, frame, choices);
    this.#send(unit, firewall.sessionTable?.takeNews(atNs) ?? []);
    if (!fate.isPunted) return fate;
    const answer = answerTo(firewall.description, frame);
    return { ...fate, sent: answer === null ? [] : [answer] };
  }

  // ── HA2 ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  #isHa2Up(): boolean {
    return this.#hasHa2 && UNITS.every((unit) => this.#units[unit].hasCable('ha2'));
  }

  /** Rule HA-02: from active to passive. */
  #crosses(from: Unit): boolean {
    const [unit, peer] = [this.#units[from], this.#units[peerOf(from)]];
    return this.#isHa2Up() && unit.isPowered && unit.role === 'active' && peer.isPowered && peer.role !== 'active';
  }

  #send(from: Unit, copies: readonly SessionCopy[]): void {
    if (this.#crosses(from)) this.firewall(peerOf(from)).sessionTable?.install(copies);
  }

  #sendAll(from: Unit, atNs: number): void {
    if (this.#crosses(from)) this.#send(from, this.firewall(from).sessionTable?.takeAll(atNs) ?? []);
  }

  // ── Announcements ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Rule HA-16: what a unit announces from one instant to another, while nothing else happens to it. */
  announcements(unit: Unit, fromNs: number, toNs: number): readonly Announcement[] {
    const one = this.#units[unit];
    const { burstNs } = one;
    if (burstNs === null) return [];
    const times = BURST_S.map((second) => burstNs + second * 1e9).filter((atNs) => atNs >= fromNs && atNs < toNs);
    return times.flatMap((atNs) => {
      const owners = one.firewall.description.interfaces.filter((iface) => one.hasCarrier(cableOf(iface), atNs));
      return owners.flatMap(({ ip, mac, tag, ...iface }) => {
        if (ip === null) return [];
        return [{ atMs: Math.floor(atNs / 1e6), port: iface.parent ?? iface.name, tag, bytes: announcement(mac, ip) }];
      });
    });
  }
}

// ── MACs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

const VIRTUAL_BASE = 0x001b17000000;
/** MACs of fw2's hypervisor beside those of fw1's. */
const SECOND = 0x010000;

/** The unit's firewall, with the MACs that it uses: its hypervisor's, or the virtual ones of HA-20, which both units share. */
export function descriptionOf(pair: PairDescription, unit: Unit): FirewallDescription {
  const macOf = (name: string, own: Mac) =>
    pair.usesHypervisorMac ? hypervisorMac(unit, own) : macFromNumber(VIRTUAL_BASE + (pair.group & 63) * 256 + idOf(name));
  const interfaces = pair.firewall.interfaces.map((one) => ({
    ...one,
    // Rule MAC-05 is about layer 3; nothing else sends with a MAC of its own.
    mac: one.mode === 'layer3' ? macOf(one.parent ?? one.name, one.mac) : hypervisorMac(unit, one.mac),
  }));
  return { ...pair.firewall, interfaces, isMember: true };
}

export function hypervisorMac(unit: Unit, mac: Mac): Mac {
  return unit === 'fw1' ? mac : macFromNumber(macToNumber(mac) + SECOND);
}

/** Rule MAC-04. */
function idOf(name: string): number {
  return 15 + Number(name.slice('eth'.length));
}

/** Addresses that a firewall has. */
export function ownAddresses({ interfaces }: FirewallDescription): readonly number[] {
  return interfaces.flatMap(({ ip }) => (ip === null ? [] : [ipv4ToNumber(ip as Ipv4)]));
}
