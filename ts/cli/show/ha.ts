/** `show high-availability all` and `show high-availability state`. */
import { areInSync } from '../../model/config/shared-settings.ts';
import { endpointOf } from '../../model/lab/endpoint.ts';
import { type HaMember, timersOf } from '../../model/lab/ha-pair.ts';
import { controlAddress, interfaceAt, isHaDisabled } from '../../model/lab/lab-index.ts';
import type { FirewallAt, LostBy, PeerAt } from '../../services/ask/firewall-at.ts';
import { publishState } from '../../services/publish/publish-state.ts';
import { configuredAt } from './config.ts';
import {
  type HaEndShown,
  type HaLinksShown,
  linkLines,
  type MonitoringShown,
  monitoringLines,
  peerLinkLines,
  readLinks,
  readMonitoring,
} from './ha-links.ts';
import type { Answer, Show } from './show.ts';
import { secondsBetween } from './show.ts';

const NANOS_PER_MS = 1e6;
const NANOS_PER_MINUTE = 60e9;

/** The vendor's words (knowledge base kA14u000000oNlUCAU). */
const DOWN_REASONS: Readonly<Record<LostBy, string>> = {
  heartbeat: 'Heartbeat ping failure',
  hello: 'Hello protocol failure',
  link: 'HA1 link went down',
  never: 'Never able to connect to peer',
};

/** A pair as one of its units sees it. */
export interface HaShown {
  readonly group: number;
  readonly links: HaLinksShown;
  readonly monitoring: readonly MonitoringShown[];
  readonly local: {
    readonly state: string;
    readonly sinceNs: number;
    readonly ha1: { readonly interface: string; readonly address: string; readonly mac: string; readonly state: 'up' | 'down' };
    readonly priority: number;
    readonly preemptive: boolean;
    readonly timersNs: {
      readonly ha1MonitorHold: number;
      readonly promotionHold: number;
      readonly hello: number;
      readonly heartbeat: number;
      readonly preemptionHold: number;
      readonly monitorFailHoldUp: number;
      readonly additionalMasterHoldUp: number;
      readonly monitorFailHoldDown: number;
    };
    readonly flapMax: number;
    readonly passiveLinkState: 'auto' | 'shutdown';
  };
  readonly peer: {
    readonly connection: 'up' | 'down';
    /** Null while the connection is up. */
    readonly downReason: string | null;
    /** Null while the connection is down. */
    readonly state: string | null;
    readonly sinceNs: number | null;
    readonly ha1: HaEndShown;
    readonly priority: number;
    readonly preemptive: boolean;
  };
  /** Configuration synchronisation as this unit has it; `running` is null while the peer is not connected. */
  readonly sync: { readonly enabled: boolean; readonly running: 'synchronized' | 'not synchronized' | null };
}

/** Null for a firewall that is in no pair. */
export function readHa(at: FirewallAt): HaShown | null {
  const { firewall, index, recorded, ha } = at;
  const links = readLinks(at);
  const membership = index.ha.get(firewall.name);
  if (membership === undefined || links === null || ha === null) return null;
  const { pair, self, peer } = membership;
  const timers = timersOf(pair);
  const macOf = ({ node, ha1 }: HaMember): string => recorded.interfaces[`${node}:${ha1}`]?.usedMac ?? '';
  const addressOf = (member: HaMember): string => controlAddress(index, pair, member, 'ha1') ?? '';
  const ha1 = interfaceAt(index, `${self.node}:${self.ha1}`);
  const prefix = ha1?.ipv4[0]?.prefix;
  const isUp = publishState(recorded).interfaces.some(
    (one) => one.node === self.node && one.interface === self.ha1 && one.state === 'up',
  );
  const isHeld = recorded.ha[self.node]?.linksDown.includes('ha1') !== true;
  return {
    group: pair.group,
    links,
    monitoring: readMonitoring(at),
    local: {
      state: ha.state,
      sinceNs: ha.sinceNs,
      ha1: {
        interface: ha1 === undefined ? self.ha1 : endpointOf(ha1).slice(self.node.length + 1),
        address: `${addressOf(self)}${prefix === undefined ? '' : `/${prefix}`}`,
        mac: macOf(self),
        state: isUp ? 'up' : 'down',
      },
      priority: self.priority,
      preemptive: self.preemptive === true,
      timersNs: {
        ha1MonitorHold: timers.ha1MonitorHoldNs,
        promotionHold: timers.promotionHoldNs,
        hello: timers.helloNs,
        heartbeat: timers.heartbeatNs,
        preemptionHold: timers.preemptionHoldNs,
        monitorFailHoldUp: timers.monitorFailHoldUpNs,
        additionalMasterHoldUp: timers.additionalMasterHoldUpNs,
        monitorFailHoldDown: timers.monitorFailHoldDownNs,
      },
      flapMax: timers.flapMax,
      passiveLinkState: pair.passiveLinkState ?? 'auto',
    },
    peer: {
      ...readPeer(ha.peer),
      ha1: { address: addressOf(peer), mac: macOf(peer), connection: isHeld ? 'up' : 'down' },
      priority: peer.priority,
      preemptive: peer.preemptive === true,
    },
    sync: { enabled: pair.configSync === true, running: ha.peer.isConnected ? readSync(at, peer.node) : null },
  };
}

function readSync(at: FirewallAt, peer: string): 'synchronized' | 'not synchronized' {
  return areInSync(configuredAt(at), at.firewall.name, peer) ? 'synchronized' : 'not synchronized';
}

function readPeer(peer: PeerAt) {
  return peer.isConnected
    ? ({ connection: 'up', downReason: null, state: peer.state, sinceNs: peer.sinceNs } as const)
    : ({ connection: 'down', downReason: DOWN_REASONS[peer.lostBy], state: null, sinceNs: null } as const);
}

/** All that the lab knows of a pair; `isAll` adds HA1 and timers to what `state` shows. */
export function haText({ group, local, peer, links, monitoring, sync }: HaShown, nowNs: number, isAll: boolean): string {
  const { ha1, timersNs } = local;
  const ms = (label: string, ns: number): string => `      ${label}: ${ns / NANOS_PER_MS} ms`;
  const minutes = (label: string, ns: number): string => `      ${label}: ${ns / NANOS_PER_MINUTE} min`;
  return [
    `Group ${group}:`,
    '  Mode: Active-Passive',
    '  Local Information:',
    '    Mode: Active-Passive',
    `    State: ${local.state} (last ${age(local.sinceNs, nowNs)})`,
    ...(isAll
      ? [
          '    HA1 Control Links Joint Configuration:',
          ms('Link Monitor Interval', timersNs.ha1MonitorHold),
          '    HA1 Control Link Information:',
          `      IP Address: ${ha1.address}`,
          `      MAC Address: ${ha1.mac}`,
          `      Interface: ${ha1.interface}`,
          `      Link State: ${ha1.state === 'up' ? 'Up' : 'Down'}`,
          ...linkLines(links),
        ]
      : []),
    '    Election Option Information:',
    `      Priority: ${local.priority}`,
    `      Preemptive: ${yesNo(local.preemptive)}`,
    ...(isAll
      ? [
          ms('Promotion Hold Interval', timersNs.promotionHold),
          ms('Hello Message Interval', timersNs.hello),
          ms('Heartbeat Ping Interval', timersNs.heartbeat),
          `      Max # of Flaps: ${local.flapMax}`,
          minutes('Preemption Hold Interval', timersNs.preemptionHold),
          ms('Monitor Fail Hold Up Interval', timersNs.monitorFailHoldUp),
          ms('Addon Master Hold Up Interval', timersNs.additionalMasterHoldUp),
          '    Active-Passive Mode:',
          `      Passive Link State: ${local.passiveLinkState}`,
          minutes('Monitor Fail Hold Down Interval', timersNs.monitorFailHoldDown),
        ]
      : []),
    ...peerLines(peer, links, nowNs, isAll),
    ...(isAll ? [...monitoringLines(monitoring), ...syncLines(sync)] : []),
  ].join('\n');
}

function syncLines({ enabled, running }: HaShown['sync']): string[] {
  return [
    '  Configuration Synchronization:',
    `    Enabled: ${yesNo(enabled)}`,
    ...(running === null ? [] : [`    Running Configuration: ${running}`]),
  ];
}

function peerLines(peer: HaShown['peer'], links: HaLinksShown, nowNs: number, isAll: boolean): string[] {
  const isUp = peer.connection === 'up';
  return [
    '  Peer Information:',
    `    Connection status: ${peer.connection}`,
    ...(peer.downReason === null ? [] : [`    Connection down reason: ${peer.downReason}`]),
    '    Mode: Active-Passive',
    ...(peer.state === null || peer.sinceNs === null ? [] : [`    State: ${peer.state} (last ${age(peer.sinceNs, nowNs)})`]),
    ...(isAll
      ? [
          '    HA1 Control Link Information:',
          `      IP Address: ${peer.ha1.address}`,
          `      MAC Address: ${peer.ha1.mac}`,
          ...(isUp ? [`      Connection ${peer.ha1.connection === 'up' ? 'up; Primary HA1 link' : 'down'}`] : []),
          ...peerLinkLines(links, isUp),
        ]
      : []),
    '    Election Option Information:',
    `      Priority: ${peer.priority}`,
    `      Preemptive: ${yesNo(peer.preemptive)}`,
  ];
}

function yesNo(is: boolean): string {
  return is ? 'yes' : 'no';
}

const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'days'],
  [3600, 'hours'],
  [60, 'minutes'],
];

/** "9 seconds", "51 minutes", "45 days": whole units of the largest that fits. */
function age(sinceNs: number, nowNs: number): string {
  const seconds = secondsBetween(sinceNs, nowNs);
  const [size, name] = UNITS.find(([least]) => seconds >= least) ?? [1, 'seconds'];
  return `${Math.floor(seconds / size)} ${name}`;
}

function answer(at: FirewallAt, isAll: boolean): Answer | string {
  const data = readHa(at);
  const { name } = at.firewall;
  if (data === null) return isHaDisabled(at.index, name) ? `HA of ${name} is disabled` : `${name} is in no HA pair`;
  return { data, text: haText(data, at.nowNs, isAll) };
}

export const SHOW_HA_ALL: Show = {
  command: 'show high-availability all',
  isDerived: false,
  answer: (at) => answer(at, true),
};

export const SHOW_HA_STATE: Show = {
  command: 'show high-availability state',
  isDerived: false,
  answer: (at) => answer(at, false),
};
