/** A lab at a moment, as tables. */
import type { Derived } from '../engine/derived.ts';
import type { StateAt } from '../services/ask/state-at.ts';
import { type PublishedState, publishState } from '../services/publish/publish-state.ts';
import { formatSeconds } from '../values/nanos.ts';
import { addressTables } from './address-tables.ts';
import type { Moment } from './options.ts';
import { count, paint } from './output.ts';
import { connectionTables, coreTable, flowTable, rateTable } from './report-tables.ts';
import { table } from './table.ts';

/** All tables that have rows. */
export function stateText({ lab, position, atNs, recorded, derived }: StateAt, moment: Moment | null): string {
  const asked = moment !== null && 'atNs' in moment ? `${formatSeconds(moment.atNs)} s` : 'its end';
  const head = `${paint('strong', lab)} at ${asked}: last event #${position} at ${formatSeconds(atNs)} s`;
  const state = publishState(recorded);
  const tables = [nodeTable, migrationTable, interfaceTable, haTable, neighbourTable, policyTable, functionTable, packetIoTable];
  const sections = [...tables, driverTable].map((section) => section(state));
  sections.push(...addressTables(state));
  sections.push(dropTable(state, derived !== null), moveTable(state, derived !== null));
  return [head, ...sections, ...(derived === null ? [] : derivedSections(derived))]
    .filter((section) => section !== '')
    .join('\n\n');
}

export function nodeTable({ nodes }: PublishedState): string {
  return nodes.length === 0
    ? ''
    : table(
        ['node', 'kind', 'power'],
        nodes.map(({ node, kind, power }) => [node, kind, power]),
      );
}

export function interfaceTable({ interfaces }: PublishedState): string {
  if (interfaces.length === 0) return '';
  return table(
    ['interface', 'mode', 'address', 'initial MAC', 'effective MAC', 'used MAC', 'MAC from', 'state'],
    interfaces.map((iface) => [
      `${iface.node}:${iface.interface}`,
      iface.mode,
      iface.ipv4.join(' ') || '-',
      iface.initialMac || '-',
      iface.effectiveMac || '-',
      iface.usedMac || '-',
      iface.macSource || '-',
      iface.state === 'up' ? 'up' : paint('bad', 'down'),
    ]),
  );
}

function packetIoTable({ packetIo }: PublishedState): string {
  if (packetIo.length === 0) return '';
  return table(
    ['packet I/O', 'runs', 'reason', 'setting', { head: 'since', align: 'right' }],
    packetIo.map(({ node, running, reason, interface: name, setting, since }) => {
      return [node, running, [name, reason].filter((word) => word !== '').join(': ') || '-', setting, `#${since}`];
    }),
  );
}

function driverTable({ drivers }: PublishedState): string {
  const bound = drivers.filter(({ driver, plugged }) => driver !== '' || !plugged);
  if (bound.length === 0) return '';
  return table(
    ['driver of', 'driver', 'version', 'mode', "host's driver"],
    bound.map(({ node, interface: name, plugged, driver, version, mode, verdict }) => {
      return [`${node}:${name}`, plugged ? driver : 'unplugged', version || '-', mode || '-', verdict || '-'];
    }),
  );
}

export function haTable({ ha, nodes }: PublishedState): string {
  if (ha.length === 0) return '';
  const power = new Map(nodes.map((node) => [node.node, node.power]));
  return table(
    ['HA unit', 'state', 'reason', 'power', 'peer', { head: 'since', align: 'right' }],
    ha.map(({ node, state, reason, peerKnown, since }) => [
      node,
      state,
      reason,
      power.get(node) ?? '',
      peerKnown ? 'known' : 'unknown',
      `#${since}`,
    ]),
  );
}

export function neighbourTable({ neighbours }: PublishedState): string {
  if (neighbours.length === 0) return '';
  return table(
    ['neighbours of', 'address', 'MAC', 'interface', { head: 'since', align: 'right' }],
    neighbours.map(({ node, ip, mac, interface: name, since }) => [node, ip, mac, name, `#${since}`]),
  );
}

function migrationTable({ migrations }: PublishedState): string {
  if (migrations.length === 0) return '';
  return table(
    ['guest on its way', 'from', 'to', 'stunned until', { head: 'since', align: 'right' }],
    migrations.map(({ node, from, to, stunnedUntilNs, since }) => {
      return [node, from, to, stunnedUntilNs === null ? '-' : `${formatSeconds(stunnedUntilNs)} s`, `#${since}`];
    }),
  );
}

function policyTable({ policies }: PublishedState): string {
  if (policies.length === 0) return '';
  return table(
    ['vSwitch', 'promiscuous', 'MAC changes', 'forged transmits'],
    policies.map(({ node, promiscuous, macChanges, forgedTransmits }) => [
      node,
      promiscuous ?? '-',
      macChanges ?? '-',
      forgedTransmits ?? '-',
    ]),
  );
}

function functionTable({ functions }: PublishedState): string {
  if (functions.length === 0) return '';
  return table(
    ['function', 'status', 'administrative MAC', 'addresses', 'port VLAN', 'trust', 'spoof check', 'link state', 'queues'],
    functions.map((one) => [
      `${one.node}:${one.interface}`,
      one.status === 'ready' ? one.status : paint('bad', one.status),
      one.adminMac || '-',
      one.addresses.join(' ') || '-',
      one.portVlan || '-',
      one.trusted ? 'on' : 'off',
      one.spoofCheckSuspended ? 'suspended' : one.spoofCheck ? 'on' : 'off',
      one.linkState,
      one.queues,
    ]),
  );
}

/** @param isExact whether drops that are not on record yet are among them. */
function dropTable({ drops }: PublishedState, isExact: boolean): string {
  if (drops.length === 0) return '';
  return table(
    [
      'dropped at',
      'reason',
      { head: isExact ? 'frames' : 'frames on record', align: 'right' },
      { head: 'first', align: 'right' },
      { head: 'cause', align: 'right' },
    ],
    drops.map((drop) => [
      drop.interface === '' ? drop.node : `${drop.node}:${drop.interface}`,
      drop.reason,
      count(drop.frames),
      `#${drop.position}`,
      `#${drop.cause}`,
    ]),
  );
}

/** @param isExact whether moves that are not on record yet are among them. */
function moveTable({ moves }: PublishedState, isExact: boolean): string {
  if (moves.length === 0) return '';
  return table(
    [
      'MAC moved at',
      { head: 'VLAN', align: 'right' },
      'MAC',
      { head: isExact ? 'moves' : 'moves on record', align: 'right' },
      'last from',
      'to',
      'at',
      { head: 'cause', align: 'right' },
    ],
    moves.map(({ node, vlan, mac, moves: times, from, to, lastNs, cause }) => [
      node,
      vlan,
      mac || 'not told apart',
      count(times),
      from || '-',
      to || '-',
      formatSeconds(lastNs),
      `#${cause}`,
    ]),
  );
}

function derivedSections({ atNs, frames, flows, cores, tables }: Derived): string[] {
  const { born, copied, delivered, consumed, dropped, inFlight, holds } = frames;
  const went = `${count(delivered)} delivered, ${count(consumed)} consumed, ${count(dropped)} dropped, ${count(inFlight)} in flight`;
  return [
    `derived state, from re-execution up to ${formatSeconds(atNs)} s`,
    `frames: ${count(born)} created, ${count(copied)} copied = ${went}: ${holds ? paint('good', 'balanced') : paint('bad', 'NOT BALANCED')}`,
    flows.length === 0 ? '' : cores.length === 0 ? flowTable(flows) : rateTable(flows),
    ...connectionTables(flows),
    cores.length === 0 ? '' : coreTable(cores),
    tables.length === 0
      ? ''
      : table(
          ['switch', { head: 'VLAN', align: 'right' }, 'MAC', 'port', 'last seen'],
          tables.map(({ node, vlan, mac, interface: name, lastSeenNs }) => [
            node,
            vlan,
            mac,
            name,
            lastSeenNs === null ? 'static (from the host)' : formatSeconds(lastSeenNs),
          ]),
        ),
  ];
}
