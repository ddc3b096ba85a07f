/**
 * `show session all` and `show session info`: sessions of a firewall with zones. Derived state. What the lab does not model is left out: the
 * application, the virtual system, bytes.
 */
import type { SessionReport } from '../../engine/derived-sessions.ts';
import { SESSION_TIMEOUTS, type SessionTimeout } from '../../model/lab/sessions.ts';
import type { FirewallAt } from '../../services/ask/firewall-at.ts';
import { RULE, row, type Show } from './show.ts';

const WIDTHS = [11, 8, 4, 5];
const TCP = 6;
const UDP = 17;
const ICMP = 1;
const SECOND_NS = 1e9;

export interface SessionsShown {
  readonly sessions: readonly Omit<SessionReport, 'node'>[];
}

export interface SessionInfoShown {
  readonly supported: number;
  readonly allocated: number;
  readonly tcp: number;
  readonly udp: number;
  readonly icmp: number;
  readonly created: number;
  readonly timeoutsNs: Readonly<Record<SessionTimeout, number>>;
}

export function readSessionsOf({ firewall, derived }: FirewallAt): SessionsShown {
  const own = (derived?.sessions ?? []).filter(({ node }) => node === firewall.name);
  return { sessions: own.map(({ node: _, ...session }) => session) };
}

/** PAN-OS: INIT and OPENING before the handshake is complete, CLOSING after its end began. */
const STATES: Readonly<Record<SessionReport['state'], string>> = {
  opening: 'INIT',
  handshake: 'OPENING',
  established: 'ACTIVE',
  'half-closed': 'ACTIVE',
  closing: 'CLOSING',
};

export function sessionsText({ sessions }: SessionsShown): string {
  if (sessions.length === 0) return 'No Active Sessions';
  return [
    RULE,
    row(WIDTHS, ['ID', 'State', 'Type', 'Flag', 'Src[Sport]/Zone/Proto (translated IP[Port])']),
    row(WIDTHS, ['', '', '', '', 'Dst[Dport]/Zone']),
    RULE,
    ...sessions.flatMap(({ id, state, protocol, source, destination, translated }) => {
      const nat = translated === null ? '' : `  (${translated.ip}[${translated.port}])`;
      const from = `${source.ip}[${source.port}]/${source.zone}/${protocol}${nat}`;
      return [
        row(WIDTHS, [id, STATES[state], 'FLOW', nat === '' ? '' : 'NS', from]),
        row(WIDTHS, ['', '', '', '', `${destination.ip}[${destination.port}]/${destination.zone}`]),
      ];
    }),
  ].join('\n');
}

export function readSessionInfo({ firewall, derived }: FirewallAt): SessionInfoShown | null {
  const table = derived?.sessionTables.find(({ node }) => node === firewall.name);
  if (table === undefined || firewall.sessions === undefined) return null;
  const own = (derived?.sessions ?? []).filter(({ node }) => node === firewall.name);
  const of = (protocol: number) => own.filter((session) => session.protocol === protocol).length;
  return {
    supported: table.max,
    allocated: table.sessions,
    tcp: of(TCP),
    udp: of(UDP),
    icmp: of(ICMP),
    created: table.opened,
    timeoutsNs: firewall.sessions.timeoutsNs,
  };
}

const TIMEOUT_LINES: Readonly<Record<SessionTimeout, string>> = {
  tcp: 'TCP default timeout:',
  'tcp-init': 'TCP session timeout before SYN-ACK received:',
  'tcp-handshake': 'TCP session timeout before 3-way handshaking:',
  'tcp-half-closed': 'TCP half-closed session timeout:',
  'tcp-time-wait': 'TCP session timeout in TIME_WAIT:',
  udp: 'UDP default timeout:',
  icmp: 'ICMP default timeout:',
  default: 'other IP default timeout:',
};

export function sessionInfoText(info: SessionInfoShown): string {
  const line = (label: string, value: string | number) => `${label.padEnd(48)} ${value}`;
  return [
    RULE,
    line('Number of sessions supported:', info.supported),
    line('Number of allocated sessions:', info.allocated),
    line('Number of active TCP sessions:', info.tcp),
    line('Number of active UDP sessions:', info.udp),
    line('Number of active ICMP sessions:', info.icmp),
    line('Session table utilization:', `${Math.floor((info.allocated * 100) / info.supported)}%`),
    line('Number of sessions created since bootup:', info.created),
    RULE,
    'Session timeout',
    ...SESSION_TIMEOUTS.map((timeout) => line(`  ${TIMEOUT_LINES[timeout]}`, `${info.timeoutsNs[timeout] / SECOND_NS} secs`)),
  ].join('\n');
}

const withoutZones = ({ firewall }: FirewallAt) =>
  `${firewall.name} has no zones, so it keeps no sessions: it forwards each packet by itself`;

export const SHOW_SESSION_ALL: Show = {
  command: 'show session all',
  isDerived: true,
  answer: (at) => {
    if (at.firewall.sessions === undefined) return withoutZones(at);
    const data = readSessionsOf(at);
    return { data, text: sessionsText(data) };
  },
};

export const SHOW_SESSION_INFO: Show = {
  command: 'show session info',
  isDerived: true,
  answer: (at) => {
    const data = readSessionInfo(at);
    return data === null ? withoutZones(at) : { data, text: sessionInfoText(data) };
  },
};
