/**
 * Sessions of a firewall with zones, as docs/topology.md has them: a list that is searched from the front.
 *
 * Which port of a pool a session takes is the data plane's choice: the oracle is told (`choice`), and says whether it was free to take it.
 */
import type { DropReason } from '../../ts/model/events/drop-reasons.ts';
import { type Sessions, type SessionTimeout, type SourceNat, type ZoneNames, zoneOf } from '../../ts/model/lab/sessions.ts';
import { type Ipv4, type Ipv4Prefix, ipv4FromNumber, ipv4ToNumber, prefixContains } from '../../ts/values/ipv4-address.ts';
import { ACK, type Ends, FIN, ICMP, type Packet, RST, SYN, TCP, UDP } from './reference-packet.ts';

type State = 'opening' | 'handshake' | 'established' | 'half-closed' | 'closing';

interface Session {
  readonly protocol: number;
  /** As the side that opened it sends, and as the other side answers. */
  readonly outward: Ends;
  readonly backward: Ends;
  readonly pool: SourceNat | null;
  readonly fins: Set<'outward' | 'backward'>;
  state: State;
  /** Its time runs from here. */
  sinceNs: number;
  /** What the peer of a pair was told last: since when its time runs, and its state. */
  told: { readonly sinceNs: number; readonly state: State } | null;
}

/** A session as it crosses HA2. */
export type SessionCopy = Readonly<Session>;

/** What the other side of the firewall sees in place of the packet's ends. */
export interface Passage {
  readonly ends: Ends;
  readonly quoted: Ends | null;
}

export type Judgement =
  | { readonly verdict: 'pass'; readonly as: Passage }
  | { readonly verdict: 'drop'; readonly reason: DropReason; readonly resets: boolean };

export class ReferenceSessions {
  readonly #config: Sessions;
  #sessions: Session[] = [];

  constructor(config: Sessions) {
    this.#config = config;
  }

  forgetAll(): void {
    this.#sessions = [];
  }

  /** Living sessions as a table has them. */
  texts(atNs: number): readonly string[] {
    this.#forgetOver(atNs);
    return this.#sessions.map(({ protocol, outward, backward, state }) => {
      return `${wayText(protocol, outward)} as ${ipv4FromNumber(backward.destination)}:${backward.destinationPort} ${state}`;
    });
  }

  /** Living sessions: what their sides send. */
  ends(atNs: number): readonly { readonly protocol: number; readonly outward: Ends; readonly backward: Ends }[] {
    this.#forgetOver(atNs);
    return this.#sessions;
  }

  /** Rule HA-19: established sessions, but those of ICMP. They count as told from now on. */
  takeAll(atNs: number): readonly SessionCopy[] {
    this.#forgetOver(atNs);
    const crossing = this.#sessions.filter(crosses);
    for (const session of crossing) session.told = { sinceNs: session.sinceNs, state: session.state };
    return crossing;
  }

  /** Of those, what the peer has not been told: a session that is new, has another state, or used up half of the time that the peer gives it. */
  takeNews(atNs: number): readonly SessionCopy[] {
    this.#forgetOver(atNs);
    const news = this.#sessions.filter((session) => crosses(session) && this.#isNews(session, atNs));
    for (const session of news) session.told = { sinceNs: session.sinceNs, state: session.state };
    return news;
  }

  #isNews({ told, state, sinceNs, protocol }: Session, atNs: number): boolean {
    if (told === null || told.state !== state) return true;
    const half = this.#config.timeoutsNs[timeoutOf({ protocol, state })] / 2;
    return sinceNs === atNs && atNs - told.sinceNs > half;
  }

  /** Sessions of the peer take the place of those with the same ends. */
  install(copies: readonly SessionCopy[]): void {
    for (const copy of copies) {
      this.#remove(copy);
      this.#sessions.push({ ...copy, fins: new Set(copy.fins), told: null });
    }
  }

  /** The peer cleared these. */
  remove(copies: readonly SessionCopy[]): void {
    for (const copy of copies) this.#remove(copy);
  }

  #remove({ protocol, outward, backward }: SessionCopy): void {
    this.#sessions = this.#sessions.filter(
      (one) => one.protocol !== protocol || (!isSame(one.outward, outward) && !isSame(one.backward, backward)),
    );
  }

  /** An address that stands for many. */
  isPooled(ip: number): boolean {
    return this.#config.nat.some((rule) => this.#inPool(rule, ip));
  }

  /** @param out the interface of its route; null without one. @param choices sessions of the data plane, as `texts` has them. */
  judge(atNs: number, packet: Packet, from: string, out: string | null, choices: readonly string[]): Judgement {
    this.#forgetOver(atNs);
    const known = this.#find(packet);
    if (known !== null) {
      const { session, direction } = known;
      // A new connection takes the place of one that is closing.
      if (session.state !== 'closing' || !opensTcp(packet)) {
        if (packet.quoted === null) this.#goOn(atNs, session, direction, packet);
        return { verdict: 'pass', as: passageOf(packet, session, direction) };
      }
      this.#sessions = this.#sessions.filter((one) => one !== session);
    }
    return this.#withoutSession(atNs, packet, from, out, choices);
  }

  #withoutSession(atNs: number, packet: Packet, from: string, out: string | null, choices: readonly string[]): Judgement {
    const opens = this.#canOpen(packet);
    if (!opens) return drop('no-session', this.#config.withoutSyn === 'reset' && canBeReset(packet));
    if (this.isPooled(packet.destination)) return drop('no-session');
    if (out === null) return { verdict: 'pass', as: { ends: packet, quoted: null } };
    const action = this.#action(packet, zoneOf(this.#config, from), zoneOf(this.#config, out));
    if (action !== 'allow') return drop('policy-deny', action === 'reset' && canBeReset(packet));
    if (this.#sessions.length >= this.#config.max) return drop('session-table-full');
    const zones = [zoneOf(this.#config, from), zoneOf(this.#config, out)] as const;
    const pool = this.#config.nat.find(
      (rule) => has(rule.from, zones[0]) && has(rule.to, zones[1]) && holds(rule.source, packet.source),
    );
    const taken = pool === undefined ? packet : this.#take(pool, packet, choices);
    if (taken === null) return drop('nat-pool-exhausted');
    const outside = { source: taken.source, sourcePort: taken.sourcePort };
    const session = this.#open(atNs, packet, outside, pool ?? null);
    return { verdict: 'pass', as: passageOf(packet, session, 'outward') };
  }

  #open(atNs: number, packet: Packet, outside: Pick<Ends, 'source' | 'sourcePort'>, pool: SourceNat | null): Session {
    const { source, destination, sourcePort, destinationPort, protocol } = packet;
    const session: Session = {
      protocol,
      outward: { source, destination, sourcePort, destinationPort },
      backward: {
        source: destination,
        destination: outside.source,
        // An echo's answer has the identifier on both sides.
        sourcePort: protocol === ICMP ? outside.sourcePort : destinationPort,
        destinationPort: outside.sourcePort,
      },
      pool,
      fins: new Set(),
      state: opensTcp(packet) ? 'opening' : 'established',
      sinceNs: atNs,
      told: null,
    };
    this.#sessions.push(session);
    return session;
  }

  /** The port that the data plane took; null when there was none, which must then be true. */
  #take(pool: SourceNat, packet: Packet, choices: readonly string[]): Pick<Ends, 'source' | 'sourcePort'> | null {
    const own = `${wayText(packet.protocol, packet)} as `;
    const [ip = '', port = ''] =
      choices
        .find((text) => text.startsWith(own))
        ?.slice(own.length)
        .split(/[: ]/) ?? [];
    const choice = ip === '' ? null : { source: ipv4ToNumber(ip as Ipv4), sourcePort: Number(port) };
    const used = this.#sessions.filter((one) => one.protocol === packet.protocol && one.pool === pool);
    const isUsed = (ip: number, port: number) => used.some(({ backward: b }) => b.destination === ip && b.destinationPort === port);
    const isFree = (ip: number, port: number) =>
      this.#inPool(pool, ip) && port >= pool.ports.first && port <= pool.ports.last && !isUsed(ip, port);
    if (choice !== null && isFree(choice.source, choice.sourcePort)) return choice;
    const first = ipv4ToNumber(pool.pool.first);
    for (let ip = first; ip <= ipv4ToNumber(pool.pool.last); ip++) {
      for (let port = pool.ports.first; port <= pool.ports.last; port++) {
        if (isFree(ip, port)) return { source: ip, sourcePort: port };
      }
    }
    return null;
  }

  #inPool({ pool }: SourceNat, ip: number): boolean {
    return ip >= ipv4ToNumber(pool.first) && ip <= ipv4ToNumber(pool.last);
  }

  #canOpen(packet: Packet): boolean {
    if (packet.quoted !== null) return false;
    if (packet.protocol === TCP) return opensTcp(packet) || this.#config.withoutSyn === 'accept';
    return packet.protocol !== ICMP || packet.icmpType === 8;
  }

  #action(packet: Packet, from: string | null, to: string | null): 'allow' | 'deny' | 'reset' {
    if (from === null || to === null) return 'deny';
    const name = nameOf(packet.protocol);
    const found = this.#config.policies.find(
      (policy) =>
        has(policy.from, from) &&
        has(policy.to, to) &&
        holds(policy.source, packet.source) &&
        holds(policy.destination, packet.destination) &&
        (policy.protocol === 'any' || policy.protocol === name) &&
        ((policy.protocol !== 'tcp' && policy.protocol !== 'udp') || inRange(packet.destinationPort, policy.ports)),
    );
    return found?.action ?? (from === to ? 'allow' : 'deny');
  }

  #find(packet: Packet): { readonly session: Session; readonly direction: 'outward' | 'backward' } | null {
    // An error comes the way of the answers to the packet that it quotes.
    const key = packet.quoted === null ? packet : turned(packet.quoted);
    const protocol = packet.quoted?.protocol ?? packet.protocol;
    for (const session of this.#sessions) {
      if (session.protocol !== protocol) continue;
      for (const direction of ['outward', 'backward'] as const) if (isSame(session[direction], key)) return { session, direction };
    }
    return null;
  }

  #goOn(atNs: number, session: Session, direction: 'outward' | 'backward', packet: Packet): void {
    if (session.protocol !== TCP) {
      session.sinceNs = atNs;
      return;
    }
    const before = session.state;
    session.state = stateAfter(session, direction, packet.flags);
    if (session.state !== before || before === 'established') session.sinceNs = atNs;
  }

  #forgetOver(atNs: number): void {
    this.#sessions = this.#sessions.filter((session) => atNs - session.sinceNs < this.#config.timeoutsNs[timeoutOf(session)]);
  }
}

/** Opened by SYN, answered by SYN and ACK, established with the ACK of that; half closed by one FIN, closing by two or by RST. */
function stateAfter(session: Session, direction: 'outward' | 'backward', flags: number): State {
  const has = (flag: number) => (flags & flag) !== 0;
  if (session.state === 'closing' || has(RST)) return 'closing';
  if (has(FIN)) {
    session.fins.add(direction);
    return session.fins.size === 2 ? 'closing' : 'half-closed';
  }
  if (session.state === 'opening' && direction === 'backward' && has(SYN) && has(ACK)) return 'handshake';
  if (session.state === 'handshake' && direction === 'outward' && has(ACK) && !has(SYN)) return 'established';
  return session.state;
}

function timeoutOf({ protocol, state }: Pick<Session, 'protocol' | 'state'>): SessionTimeout {
  if (protocol === UDP) return 'udp';
  if (protocol === ICMP) return 'icmp';
  if (protocol !== TCP) return 'default';
  const times = {
    opening: 'tcp-init',
    handshake: 'tcp-handshake',
    established: 'tcp',
    'half-closed': 'tcp-half-closed',
    closing: 'tcp-time-wait',
  } as const;
  return times[state];
}

function crosses({ protocol, state }: Session): boolean {
  return protocol !== ICMP && state !== 'opening' && state !== 'handshake';
}

/** "tcp 10.0.1.11:1000 > 10.0.2.12:80". */
function wayText(protocol: number, { source, destination, sourcePort, destinationPort }: Ends): string {
  return `${nameOf(protocol)} ${ipv4FromNumber(source)}:${sourcePort} > ${ipv4FromNumber(destination)}:${destinationPort}`;
}

function nameOf(protocol: number): string {
  return { [TCP]: 'tcp', [UDP]: 'udp', [ICMP]: 'icmp' }[protocol] ?? String(protocol);
}

/** Source NAT: the source on the way out, the destination on the way back. */
function passageOf(packet: Packet, session: Session, direction: 'outward' | 'backward'): Passage {
  const other = turned(direction === 'outward' ? session.backward : session.outward);
  const { quoted } = packet;
  if (quoted === null) return { ends: session.pool === null ? packet : other, quoted: null };
  const ends =
    session.pool === null
      ? packet
      : direction === 'outward'
        ? { ...packet, source: other.source }
        : { ...packet, destination: other.destination };
  return { ends, quoted: session.pool === null ? quoted : turned(other) };
}

function turned({ source, destination, sourcePort, destinationPort }: Ends): Ends {
  return { source: destination, destination: source, sourcePort: destinationPort, destinationPort: sourcePort };
}

function isSame(a: Ends, b: Ends): boolean {
  return (
    a.source === b.source &&
    a.destination === b.destination &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort
  );
}

function opensTcp({ protocol, flags }: Packet): boolean {
  return protocol === TCP && (flags & (SYN | ACK | RST | FIN)) === SYN;
}

/** RFC 9293, 3.10.7.1. */
function canBeReset({ protocol, flags }: Packet): boolean {
  return protocol === TCP && (flags & RST) === 0;
}

function drop(reason: DropReason, resets = false): Judgement {
  return { verdict: 'drop', reason, resets };
}

function has(zones: ZoneNames, zone: string | null): boolean {
  return zones === null || (zone !== null && zones.includes(zone));
}

function holds(network: Ipv4Prefix, ip: number): boolean {
  return prefixContains(network, ipv4FromNumber(ip) as Ipv4);
}

function inRange(port: number, { first, last }: { readonly first: number; readonly last: number }): boolean {
  return port >= first && port <= last;
}
