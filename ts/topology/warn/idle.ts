/**
 * Settings that nothing in the lab uses: they are allowed, and change nothing.
 *
 * Decision someone may dispute: a setting that a group, a kind or the defaults give to several nodes is idle only when none of them
 * uses it.
 */
import { mddTolerance } from '../../model/hardware/driver-matrix.ts';
import { isLogical } from '../../model/hardware/firewall-mac.ts';
import { familyOf, pfDriver, vfNumber } from '../../model/hardware/nic.ts';
import { endpointOf, splitEndpoint } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import { groupBy } from '../../values/group-by.ts';
import { flagOf, type Problem } from '../draft/draft.ts';
import { atProperty, type LabView } from './lab-view.ts';
import { commandsOf } from './steps.ts';

/** One node's setting, and whether anything there uses it. */
export interface Setting {
  readonly node: string;
  readonly path: readonly string[];
  readonly isUsed: boolean;
  readonly rule?: string;
  /** "only …", the reason why it is idle. */
  readonly needs: string;
}

export function settingIsIdle(view: LabView): Problem[] {
  const settings = [
    ...vfSettings(view),
    ...portSettings(view),
    ...nicSettings(view),
    ...firewallSettings(view),
    ...hostSettings(view),
    ...driverSettings(view),
  ];
  return idle(view, settings);
}

/** Warnings about settings that no node uses that has them from the same line of the file. */
export function idle(view: LabView, settings: readonly Setting[]): Problem[] {
  const placed = settings.map((setting) => ({ setting, place: atProperty(view, setting.node, ...setting.path) }));
  return [...groupBy(placed, ({ place }) => `${place.line}:${place.column}`).values()].flatMap((shared) => {
    const [first] = shared;
    if (first === undefined || shared.some(({ setting }) => setting.isUsed)) return [];
    const { node, path, rule, needs } = first.setting;
    const name = path.join(' ');
    const message = `${name} of ${node} changes nothing: ${needs}`;
    return [{ place: first.place, message, ...(rule !== undefined && { rule }), remedy: `remove ${path.at(-1)}` }];
  });
}

/** Rule VF-11: a priority is written into the tag of the port VLAN. */
function vfSettings(view: LabView): Setting[] {
  const commands = commandsOf(view).filter((command) => command.verb === 'ip-vf');
  return portsWith(view, 'nic', 'qos').map(({ node, port, raw }) => {
    const isTagged = commands.some(({ endpoint, change }) => endpoint === `${node}:${port}` && (change.vlan ?? 0) !== 0);
    const isUsed = (raw.vlan ?? 0) !== 0 || raw.qos === 0 || isTagged;
    return { node, path: ['ports', port, 'qos'], isUsed, rule: 'VF-11', needs: 'only a VF with a port VLAN has a priority' };
  });
}

function portSettings(view: LabView): Setting[] {
  const secured = new Set(commandsOf(view).flatMap((command) => (command.verb === 'secure' ? [command.endpoint] : [])));
  const violations = [...portsWith(view, 'switch', 'violation'), ...portsWith(view, 'bridge', 'violation')];
  return violations.map(({ node, port, raw }) => ({
    node,
    path: ['ports', port, 'violation'],
    isUsed: (raw['mac-limit'] ?? 0) !== 0 || secured.has(`${node}:${port}`),
    rule: 'HST-01',
    needs: 'only a port with a mac-limit can violate it',
  }));
}

function portsWith(view: LabView, kind: string, property: 'qos' | 'violation') {
  return [...view.draft.nodes.values()].flatMap(({ name: node, kind: own, raw: { ports = {} } }) =>
    own !== kind
      ? []
      : Object.entries(ports).flatMap(([port, raw]) => (raw?.[property] === undefined ? [] : [{ node, port, raw }])),
  );
}

function nicSettings(view: LabView): Setting[] {
  const malicious = commandsOf(view).filter((command) => command.verb === 'vf' && command.action === 'malicious');
  return view.lab.nodes.flatMap((nic) => {
    if (nic.kind !== 'nic') return [];
    const peers = view.lab.links.flatMap(({ a, b }) => (isOf(a, nic.name) ? [b] : isOf(b, nic.name) ? [a] : []));
    const users = peers.flatMap((end) => view.nodes.get(splitEndpoint(end).node) ?? []);
    const has = (kind: string) => users.some((user) => user.kind === kind);
    const polls = users.some((user) => 'host' in user && user.host?.datapath === 'ovs-dpdk');
    // Rule VCH-10: an older one counts malicious-driver events.
    const counts =
      mddTolerance(pfDriver(nic.model), nic.driverVersion) > 0 &&
      malicious.some((one) => 'endpoint' in one && isOf(one.endpoint, nic.name));
    const isCompared = has('firewall') || users.length === 0;
    return written(view, nic.name, [
      ['driver-version', isCompared || counts, 'DRV-02', 'only the drivers of firewalls are compared with it'],
      ['memory-node', polls, 'HST-03', 'only the poll threads of a switch with datapath ovs-dpdk look at it'],
      ['traffic-classes', familyOf(nic.model) === '10g', 'VF-01', 'only 10G NICs divide their queues by it'],
    ]);
  });
}

function isOf(end: string, node: string): boolean {
  return splitEndpoint(end).node === node;
}

function firewallSettings(view: LabView): Setting[] {
  const commands = commandsOf(view);
  return view.lab.nodes.flatMap((firewall) => {
    if (firewall.kind !== 'firewall') return [];
    const { name } = firewall;
    const isCommitted = commands.some((command) => command.verb === 'commit' && command.node === name);
    const onNic = view.lab.links.some(({ a, b }) =>
      [
        [a, b],
        [b, a],
      ].some(([own = '', other = '']) => isOf(own, name) && view.nodes.get(splitEndpoint(other).node)?.kind === 'nic'),
    );
    // A pair takes its virtual MACs from the group id (MAC-05), but its units may leave it one day: that base is kept in reserve.
    const hasLogical = view.lab.interfaces.some((iface) => iface.node === name && isLogical(iface));
    const makesMacs = view.pairs.has(name) || !firewall.useHypervisorMac || isCommitted || hasLogical;
    return written(view, name, [
      ['vm-mac-base', makesMacs, 'MAC-06', 'only a firewall with use-hypervisor-mac: off makes its own MACs'],
      ['native-drivers', onNic, 'DRV-06', 'only a firewall with a PF or VF has a driver of a NIC'],
    ]);
  });
}

/** Rule MBX-08: the mailbox is that of 10G; a VF that is reserved for the guest counts, too. */
function driverSettings(view: LabView): Setting[] {
  return view.lab.interfaces.flatMap(({ node, name }) => {
    if (view.draft.nodes.get(node)?.raw.interfaces?.[name]?.['mailbox-api'] === undefined) return [];
    const own = `${node}:${name}`;
    const others = view.lab.links.flatMap(({ a, b }) => (a === own ? [b] : b === own ? [a] : []));
    const isUsed = others.some((other) => {
      const nic = view.nodes.get(splitEndpoint(other).node);
      return nic?.kind === 'nic' && familyOf(nic.model) === '10g' && vfNumber(splitEndpoint(other).name) !== null;
    });
    const needs = 'only the driver of a VF of 10G speaks the mailbox';
    return [{ node, path: ['interfaces', name, 'mailbox-api'], isUsed, rule: 'MBX-08', needs }];
  });
}

function hostSettings(view: LabView): Setting[] {
  return view.lab.nodes.flatMap((node) => {
    if (node.kind === 'vswitch') {
      const hasStandby = node.uplinks.length > 1 || !node.reversePathCheckPromisc;
      return written(view, node.name, [
        ['reverse-path-check-promisc', hasStandby, 'VSW-16', 'only a second uplink brings copies that it could drop'],
        ['teaming', node.uplinks.length > 1, 'VSW-16', 'only several uplinks are a team'],
        ['detection', node.uplinks.length > 1, 'VSW-16', 'only several uplinks hear each other'],
        ['failback', node.uplinks.length > 1 || node.keepsUplink !== true, 'NOT-01', 'only a second uplink can stay active'],
        ['notify-switches', node.uplinks.length > 0 || node.isSilent !== true, 'NOT-01', 'without an uplink nobody is notified'],
      ]);
    }
    if (node.kind === 'hypervisor') {
      const isUsed = view.lab.interfaces.some((port) => port.lacksSharedMemory && isGuestOf(view, port, node.name));
      const isOff = !flagOf(view.draft.nodes.get(node.name)?.raw['huge-pages'], true);
      return written(view, node.name, [
        ['huge-pages', isUsed || !isOff, 'HST-04', 'only vhost-user ports, of a bridge with a DPDK datapath, need them'],
      ]);
    }
    if (node.kind !== 'bridge') return [];
    const raw = view.draft.nodes.get(node.name)?.raw;
    const polls = raw?.datapath === undefined ? raw?.dpdk !== undefined : raw.datapath === 'ovs-dpdk';
    const hasGuests = view.lab.interfaces.some((port) => port.node === node.name && port.vhost !== undefined);
    return written(view, node.name, [
      ['ovs', raw?.dpdk !== undefined, 'HST-08', 'only together with a release of DPDK it is checked'],
      [
        'dpdk',
        polls && (hasGuests || raw?.ovs !== undefined),
        'HST-08',
        'only ports to virtual machines, of datapath ovs-dpdk, need it',
      ],
      ['vhost', hasGuests, 'HST-04', 'only ports of a bridge with a DPDK datapath to virtual machines are vhost-user ports'],
    ]);
  });
}

/**
 * Port groups that no port is in, and groups of nodes without a node. The same port group on every host is how people set hosts up: it is
 * in use when one of them has a port in it.
 */
export function groupIsEmpty(view: LabView): Problem[] {
  const nodes = [...view.draft.nodes.values()];
  const named = new Set(nodes.flatMap(({ raw }) => Object.values(raw.ports ?? {}).map((port) => port?.group)));
  const ports = nodes.flatMap((node) =>
    Object.keys(node.raw['port-groups'] ?? {}).map((group) => ({
      node: node.name,
      path: ['port-groups', group],
      isUsed: named.has(group),
      rule: 'VSW-15',
      needs: 'no port is in this group',
    })),
  );
  const groups = Object.keys((view.draft.written(['topology', 'groups']) as object | undefined) ?? {});
  const empty = groups.filter(
    (group) => !nodes.some(({ layers }) => layers.some(([, section, name]) => section === 'groups' && name === group)),
  );
  return [
    ...idle(view, ports),
    ...empty.map((group) => ({
      place: view.draft.keyPlace(['topology', 'groups', group]),
      message: `group ${group} changes nothing: no node is in it`,
      remedy: `remove the group, or give a node group: ${group}`,
    })),
  ];
}

function isGuestOf(view: LabView, port: LabInterface, host: string): boolean {
  const guest = view.nodes.get(splitEndpoint(view.draft.peers.get(endpointOf(port)) ?? '').node);
  return guest !== undefined && 'on' in guest && guest.on === host;
}

type Row = readonly [property: string, isUsed: boolean, rule: string, needs: string];

/** Those of the settings that the file writes for a node. */
function written(view: LabView, name: string, rows: readonly Row[]): Setting[] {
  const raw: Readonly<Record<string, unknown>> = { ...view.draft.nodes.get(name)?.raw };
  return rows
    .filter(([property]) => raw[property] !== undefined)
    .map(([property, isUsed, rule, needs]) => ({ node: name, path: [property], isUsed, rule, needs }));
}
