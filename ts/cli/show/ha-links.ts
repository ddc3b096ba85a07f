/**
 * HA1's backup, heartbeat backup, HA2 and monitors of a pair, as `show high-availability all` has them. Recorded state.
 *
 * The blocks of the heartbeat backup, and the line of HA2's keep-alive, are the lab's own: no public listing has them.
 */
import {
  type ControlLink,
  type DataLink,
  dataPortName,
  type HaCondition,
  type HaMember,
  type MonitorKind,
  monitoringOf,
} from '../../model/lab/ha-pair.ts';
import { controlAddress, controlPort, dataAddress } from '../../model/lab/lab-index.ts';
import type { FirewallAt } from '../../services/ask/firewall-at.ts';
import { publishState } from '../../services/publish/publish-state.ts';

type UpDown = 'up' | 'down';

/** A link of HA at one unit. */
export interface HaPortShown {
  readonly interface: string;
  /** '' for a port without an address. */
  readonly address: string;
  readonly mac: string;
  /** Carrier. */
  readonly state: UpDown;
}

/** The other end of a link. */
export interface HaEndShown {
  readonly address: string;
  readonly mac: string;
  /** Whether this unit holds the link for working (rule HA-03). */
  readonly connection: UpDown;
}

interface LinkShown {
  readonly local: HaPortShown;
  readonly peer: HaEndShown;
}

export interface HaLinksShown {
  /** Null where the pair has none. */
  readonly ha1Backup: LinkShown | null;
  readonly heartbeatBackup: LinkShown | null;
  readonly ha2: (LinkShown & { readonly keepAlive: boolean }) | null;
  readonly ha2Backup: LinkShown | null;
}

export interface MonitoringShown {
  readonly kind: MonitorKind;
  readonly condition: HaCondition;
  readonly groups: readonly {
    readonly name: string;
    readonly condition: HaCondition;
    /** Interfaces or addresses. */
    readonly of: readonly { readonly what: string; readonly state: UpDown }[];
  }[];
}

/** Null for a firewall that is in no pair. */
export function readLinks(at: FirewallAt): HaLinksShown | null {
  const { index, firewall } = at;
  const membership = index.ha.get(firewall.name);
  if (membership === undefined) return null;
  const { pair, self, peer } = membership;
  const backup = (link: ControlLink): LinkShown => {
    const address = (member: HaMember): string => controlAddress(index, pair, member, link) ?? '';
    return linkBetween(at, link, [controlPort(pair, self, link), controlPort(pair, peer, link)], [address(self), address(peer)]);
  };
  const dataLink = (link: DataLink): LinkShown | null => {
    const name = dataPortName(pair, link);
    const address = (member: HaMember): string => dataAddress(index, pair, member, link) ?? '';
    const ends = [`${self.node}:${name}`, `${peer.node}:${name}`] as const;
    return name === undefined ? null : linkBetween(at, link, ends, [address(self), address(peer)]);
  };
  const ha2 = dataLink('ha2');
  return {
    ha1Backup: pair.ha1Backup === undefined ? null : backup('ha1-b'),
    heartbeatBackup: pair.heartbeatBackup === true ? backup('heartbeat-backup') : null,
    ha2: ha2 === null ? null : { ...ha2, keepAlive: pair.ha2KeepAlive === true },
    ha2Backup: dataLink('ha2-b'),
  };
}

function linkBetween(
  { recorded, firewall }: FirewallAt,
  link: string,
  [own, other]: readonly [string, string],
  [ownAddress, peerAddress]: readonly [string, string],
): LinkShown {
  const isDown = recorded.ha[firewall.name]?.linksDown.includes(link) === true;
  const macOf = (port: string): string => recorded.interfaces[port]?.usedMac ?? '';
  const name = own.slice(firewall.name.length + 1);
  return {
    local: { interface: name, address: ownAddress, mac: macOf(own), state: stateOf(recorded, own) },
    peer: { address: peerAddress, mac: macOf(other), connection: isDown ? 'down' : 'up' },
  };
}

function stateOf(recorded: FirewallAt['recorded'], port: string): UpDown {
  const own = publishState(recorded).interfaces.find((one) => `${one.node}:${one.interface}` === port);
  return own?.state === 'up' ? 'up' : 'down';
}

/** What the pair monitors, link monitoring first. A target of a unit that is not active counts as up: only the active one pings. */
export function readMonitoring({ index, firewall, recorded }: FirewallAt): MonitoringShown[] {
  const pair = index.ha.get(firewall.name)?.pair;
  const failures = recorded.ha[firewall.name]?.failures ?? [];
  return (['link', 'path'] as const).flatMap((kind) => {
    const monitoring = pair === undefined ? null : monitoringOf(pair, kind);
    if (monitoring === null) return [];
    const failed = (group: string, what: string): boolean =>
      failures.some((one) => one.kind === kind && one.group === group && one.what === what);
    const stateIn = (group: string, what: string): UpDown => {
      if (kind === 'link') return stateOf(recorded, `${firewall.name}:${what}`);
      return failed(group, what) ? 'down' : 'up';
    };
    const groups = monitoring.groups.map(({ name, condition, of }) => ({
      name,
      condition,
      of: of.map((what) => ({ what, state: stateIn(name, what) })),
    }));
    return [{ kind, condition: monitoring.condition, groups }];
  });
}

// ── Text ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The blocks of a unit's own ends. */
export function linkLines({ ha1Backup, heartbeatBackup, ha2, ha2Backup }: HaLinksShown): string[] {
  return [
    ...(ha1Backup === null ? [] : portLines('HA1 Backup Control Link Information', ha1Backup.local)),
    ...(heartbeatBackup === null ? [] : portLines('Heartbeat Backup Link Information', heartbeatBackup.local)),
    ...(ha2 === null ? [] : portLines('HA2 Data Link Information', ha2.local)),
    ...(ha2 === null ? [] : [`      Keep-alive: ${ha2.keepAlive ? 'log-only' : 'disabled'}`]),
    ...(ha2Backup === null ? [] : portLines('HA2 Backup Data Link Information', ha2Backup.local)),
  ];
}

function portLines(title: string, { address, mac, interface: name, state }: HaPortShown): string[] {
  return [
    `    ${title}:`,
    ...(address === '' ? [] : [`      IP Address: ${address}`]),
    `      MAC Address: ${mac}`,
    `      Interface: ${name}`,
    `      Link State: ${state === 'up' ? 'Up' : 'Down'}`,
  ];
}

/** The blocks of the peer's ends; whether they answer is left out while the connection is down. */
export function peerLinkLines({ ha1Backup, heartbeatBackup, ha2, ha2Backup }: HaLinksShown, isConnected: boolean): string[] {
  return [
    ...(ha1Backup === null ? [] : endLines('HA1 Backup Control Link Information', ha1Backup.peer, isConnected)),
    ...(heartbeatBackup === null ? [] : endLines('Heartbeat Backup Link Information', heartbeatBackup.peer, isConnected)),
    ...(ha2 === null ? [] : endLines('HA2 Data Link Information', ha2.peer, isConnected)),
    ...(ha2Backup === null ? [] : endLines('HA2 Backup Data Link Information', ha2Backup.peer, isConnected)),
  ];
}

function endLines(title: string, { address, mac, connection }: HaEndShown, isConnected: boolean): string[] {
  return [
    `    ${title}:`,
    ...(address === '' ? [] : [`      IP Address: ${address}`]),
    `      MAC Address: ${mac}`,
    ...(isConnected ? [`      Connection ${connection}`] : []),
  ];
}

const MONITORS = { link: ['Link', 'Interface'], path: ['Path', 'Destination IP'] } as const;

export function monitoringLines(monitoring: readonly MonitoringShown[]): string[] {
  return monitoring.flatMap(({ kind, condition, groups }) => [
    `  ${MONITORS[kind][0]} Monitoring Information:`,
    '    Enabled: yes',
    `    Failure condition: ${condition}`,
    ...groups.flatMap((group) => [
      `    Group ${group.name}:`,
      '      Enabled: yes',
      `      Failure condition: ${group.condition}`,
      ...group.of.map(({ what, state }) => `      ${MONITORS[kind][1]} ${what}: ${state}`),
    ]),
  ]);
}
