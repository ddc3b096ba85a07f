/** What of the file decides which frames die on lines, at NICs, at firewalls and in layer 3. */
import { endpointOf } from '../../model/lab/endpoint.ts';
import { intervalOf } from '../../model/lab/flow.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Lab } from '../../model/lab/lab.ts';
import type { Impairment } from '../../model/lab/links.ts';
import { prefixContains } from '../../values/ipv4-address.ts';
import { isIpv6 } from '../../values/ipv6-address.ts';
import { nanos, shortDuration } from '../../values/nanos.ts';
import {
  type Deciding,
  type DropContext,
  fixed,
  interfacePath,
  linkNumber,
  linkPath,
  nodePath,
  type Property,
  portPath,
  withInterface,
  withLink,
  withNode,
} from './property.ts';

const LARGE_MTU = 9216;
const SHORT_STUN = nanos(1_000_000);

/** Rule PCI-03: the hypervisor that a guest leaves says for how long it is stunned. */
const stun: Deciding = ({ lab, node }) => {
  const host = lab.nodes.find(({ name }) => 'on' in node && name === node.on);
  if (host?.kind !== 'hypervisor' || host.liveMigration === undefined) return [];
  const { liveMigration } = host;
  const changed = withNode(lab, host.name, (one) =>
    one.kind === 'hypervisor' ? { ...one, liveMigration: { ...liveMigration, stunNs: SHORT_STUN } } : one,
  );
  const path = nodePath(host.name, 'live-migration', 'stun');
  return [{ path, value: shortDuration(liveMigration.stunNs), other: shortDuration(SHORT_STUN), lab: changed }];
};

/** What a line does to frames that leave an interface, or arrive there. */
function impairment(field: 'lossPpm' | 'corruptionPpm', name: string, from: 'own' | 'peer'): Deciding {
  return (context) => {
    const number = linkNumber(context, context.at);
    const link = context.lab.links[number];
    if (link === undefined) return [];
    const isA = (link.a === context.at) === (from === 'own');
    const side = isA ? 'impairA' : 'impairB';
    const set = link[side];
    const changed = withLink(context.lab, number, (one) => ({ ...one, [side]: { ...(set as Impairment), [field]: 0 } }));
    const ppm = set?.[field] ?? 0;
    return ppm === 0 ? [] : [{ path: linkPath(number, 'impair', name), value: `${ppm / 10_000} %`, other: '0 %', lab: changed }];
  };
}

/** More frames than a line carries, and how many may wait for it. */
const queue: Deciding = (context) => {
  const number = linkNumber(context, context.at);
  const link = context.lab.links[number];
  if (link === undefined) return flowRate(context);
  const side = link.a === context.at ? 'impairA' : 'impairB';
  const rate = withLink(context.lab, number, (one) => ({
    ...one,
    rateBps: 0,
    ...(one[side] && { [side]: { ...one[side], rateBps: 0 } }),
  }));
  return [
    { path: linkPath(number, 'rate'), value: `${link[side]?.rateBps || link.rateBps} bit/s`, other: 'unlimited', lab: rate },
    ...flowRate(context),
  ];
};

/** A flow that sends a tenth of its frames. */
function flowRate({ lab, flow }: DropContext): Property[] {
  if (flow === null) return [];
  const rate = 1e12 / flow.intervalPs;
  const changed = {
    ...lab,
    flows: lab.flows.map((one) => (one.name === flow.name ? { ...one, intervalPs: intervalOf(Math.max(1, rate / 10)) } : one)),
  };
  return [
    {
      path: `flows.${flow.name}.rate`,
      value: `${Math.round(rate)}`,
      other: `${Math.max(1, Math.round(rate / 10))}`,
      lab: changed,
      share: 0.1,
    },
  ];
}

function mtu({ lab }: DropContext, iface: LabInterface): Property {
  const path = iface.mode === 'layer3' ? interfacePath(iface, 'mtu') : nodePath(iface.node, 'mtu');
  const changed = withInterface(lab, endpointOf(iface), (one) => ({ ...one, mtu: LARGE_MTU }));
  return { path, value: String(iface.mtu), other: String(LARGE_MTU), lab: changed };
}

/** Packets are dropped where they arrive at a node, for the interface that they would leave by: the smallest MTU of the node. */
const egressMtu: Deciding = (context) => {
  const own = (context.index.byNode.get(context.node.name) ?? []).filter(({ mode }) => mode === 'layer3');
  return [
    ...own
      .sort((a, b) => a.mtu - b.mtu)
      .slice(0, 2)
      .map((iface) => mtu(context, iface)),
    ...flowSize(context),
  ];
};

const ingressMtu: Deciding = (context) => [mtu(context, context.iface), ...flowSize(context)];

function flowSize({ flow }: DropContext): Property[] {
  return flow === null ? [] : [fixed(`flows.${flow.name}.size`, String(flow.frameBytes))];
}

const routes: Deciding = ({ node, flow }) => [
  fixed(nodePath(node.name, 'routes'), routesText(node)),
  ...(flow === null ? [] : [fixed(`flows.${flow.name}.to`, flow.to)]),
];

function routesText(node: DropContext['node']): string {
  if (!('routes' in node)) return 'none';
  return node.routes.map(({ network, via }) => `${network.address}/${network.prefix} via ${via}`).join(', ') || 'none';
}

/** Nobody answered for the next hop: the address that is nobody's, a VLAN that parts both, or the first frames, which come before any answer. */
const unresolved: Deciding = (context) => {
  const { lab, flow } = context;
  const owned = new Set(lab.interfaces.flatMap(({ ipv4 }) => ipv4.map(({ address }) => address)));
  return [
    ...nextHops(context, owned),
    ...(flow !== null && !isIpv6(flow.to) && !owned.has(flow.to)
      ? [fixed(`flows.${flow.name}.to`, `${flow.to}, which no interface has`)]
      : []),
    ...partingVlans(lab),
    ...disabledVfs(lab),
    ...flowRate(context),
  ];
};

/** Next hops that no interface has, each with one of the node's own networks instead. */
function nextHops({ lab, node, index }: DropContext, owned: ReadonlySet<string>): Property[] {
  if (!('routes' in node)) return [];
  const own = (index.byNode.get(node.name) ?? []).flatMap(({ ipv4 }) => ipv4);
  const reached = lab.interfaces.find(
    (iface) =>
      iface.node !== node.name &&
      iface.ipv4.some(({ address }) => own.some((net) => prefixContains(net, address))) &&
      forwards(lab, iface.node),
  );
  const other = reached?.ipv4.find(({ address }) => own.some((net) => prefixContains(net, address)))?.address ?? null;
  return node.routes.flatMap((route) => {
    if (owned.has(route.via)) return [];
    const changed = withNode(lab, node.name, (one) =>
      'routes' in one && other !== null
        ? { ...one, routes: one.routes.map((each) => (each === route ? { ...each, via: other } : each)) }
        : one,
    );
    const property = route.network.prefix === 0 && node.kind !== 'router' ? 'gateway' : 'routes';
    return [
      {
        path: nodePath(node.name, property),
        value: `${route.via}, which no interface has`,
        other,
        lab: other === null ? null : changed,
      },
    ];
  });
}

function forwards({ nodes }: Lab, name: string): boolean {
  const kind = nodes.find((node) => node.name === name)?.kind;
  return kind === 'router' || kind === 'firewall';
}

/** Access ports whose VLAN no other port of their switch has. */
function partingVlans(lab: Lab): Property[] {
  const ports = lab.interfaces.filter(({ mode, vlan }) => mode === 'port' && vlan !== 4095);
  return ports.flatMap((port) => {
    const others = ports.filter((one) => one.node === port.node && one !== port);
    const [first] = others;
    if (first === undefined || others.some(({ vlan }) => vlan === port.vlan)) return [];
    const changed = withInterface(lab, endpointOf(port), (one) => ({ ...one, vlan: first.vlan }));
    return [{ path: portPath(port, 'vlan'), value: String(port.vlan), other: String(first.vlan), lab: changed }];
  });
}

/** VFs that the file keeps without a link. */
function disabledVfs(lab: Lab): Property[] {
  return lab.interfaces.flatMap((port) => {
    const own = port.vf;
    if (own?.linkState !== 'disable') return [];
    const changed = withInterface(lab, endpointOf(port), (one) => ({ ...one, vf: { ...own, linkState: 'auto' as const } }));
    return [{ path: portPath(port, 'state'), value: 'disable', other: 'auto', lab: changed }];
  });
}

/** The unit that is passive at first is the one of the worse priority (HA-06). */
const notActive: Deciding = ({ lab, node }) => {
  const pair = lab.haPairs.find(({ members }) => members.some((member) => member.node === node.name));
  if (pair === undefined) return [];
  const number = pair.members.findIndex((member) => member.node === node.name);
  return [fixed(`ha.${pair.name}.members[${number}].priority`, String(pair.members[number]?.priority))];
};

/** What a VF may do, by the port of its NIC. */
function vf(
  property: string,
  field: 'spoofCheck' | 'vlan' | 'linkState',
  other: boolean | number | string,
  said: string,
): Deciding {
  return ({ lab, at, iface }) => {
    const own = iface.vf;
    if (own === undefined) return [];
    const value = typeof own[field] === 'boolean' ? (own[field] ? 'on' : 'off') : String(own[field]);
    const changed = withInterface(lab, at, (one) => ({ ...one, vf: { ...own, [field]: other } as typeof own }));
    return [{ path: portPath(iface, property), value, other: said, lab: changed }];
  };
}

/** No function of the NIC has the address: what the PF and the VFs receive. */
const nicFilter: Deciding = ({ lab, node, index }) => {
  const promiscuous = withNode(lab, node.name, (one) => (one.kind === 'nic' ? { ...one, pfPromiscuous: true } : one));
  const macs = (index.byNode.get(node.name) ?? []).filter((port) => (port.vf?.adminMac ?? '') !== '');
  const vlans = (index.byNode.get(node.name) ?? []).filter((port) => (port.vf?.vlan ?? 0) !== 0);
  return [
    ...vlans.map((port) => ({
      path: portPath(port, 'vlan'),
      value: String(port.vf?.vlan),
      other: '0',
      lab: withInterface(lab, endpointOf(port), (one) => (one.vf === undefined ? one : { ...one, vf: { ...one.vf, vlan: 0 } })),
    })),
    { path: nodePath(node.name, 'pf', 'promiscuous'), value: 'off', other: 'on', lab: promiscuous },
    ...macs.map((port) => fixed(portPath(port, 'mac'), port.vf?.adminMac ?? '')),
  ];
};

/** A core that is too slow: without cores, a node takes no time. */
const cores: Deciding = (context) => {
  const { lab, node, index, at } = context;
  const peer = (index.peers.get(at) ?? '').split(':')[0] ?? '';
  const busy = [node.name, peer].filter((name) => lab.nodes.some((one) => one.name === name && ('cores' in one || 'host' in one)));
  return [...kernelDriver(context), ...busy.map((name) => fixed(nodePath(name, 'cores'), 'as written')), ...flowRate(context)];
};

/** A firewall whose packets come through the kernel's driver and a packet socket pays for both (COST-04). */
function kernelDriver({ lab, node }: DropContext): Property[] {
  if (node.kind !== 'firewall' || node.packetIo !== 'mmap') return [];
  const changed = withNode(lab, node.name, (one) => (one.kind === 'firewall' ? { ...one, packetIo: 'dpdk' as const } : one));
  return [{ path: nodePath(node.name, 'packet-io'), value: 'mmap', other: 'dpdk', lab: changed }];
}

const policies: Deciding = ({ lab, node }) => {
  if (node.kind !== 'firewall' || node.sessions === undefined) return [];
  const changed = withNode(lab, node.name, (one) =>
    one.kind === 'firewall' && one.sessions !== undefined
      ? {
          ...one,
          sessions: { ...one.sessions, policies: one.sessions.policies.map((policy) => ({ ...policy, action: 'allow' as const })) },
        }
      : one,
  );
  const names = node.sessions.policies.map(({ name, action }) => `${name}: ${action}`).join(', ') || 'none';
  return [
    { path: nodePath(node.name, 'policies'), value: names, other: 'allow', lab: changed },
    fixed(nodePath(node.name, 'zones'), 'as written'),
  ];
};

function sessions(property: string): Deciding {
  return ({ node }) => [fixed(nodePath(node.name, property), 'as written')];
}

export const PATH_PROPERTIES: Readonly<Record<string, Deciding>> = {
  impairment: impairment('lossPpm', 'loss', 'own'),
  corrupted: impairment('corruptionPpm', 'corruption', 'peer'),
  'queue-full': queue,
  'link-down': ({ index, at, iface }) => [
    fixed(
      iface.aggregate === undefined ? linkPath(index.links.get(at) ?? 0) : nodePath(iface.node, 'aggregates', iface.name),
      'no carrier',
    ),
  ],
  'frame-too-long': ingressMtu,
  'mtu-exceeded': egressMtu,
  'ttl-expired': routes,
  'no-route': routes,
  'neighbour-unresolved': unresolved,
  'no-listener': ({ flow, iface }) => [
    flow === null ? fixed(interfacePath(iface), 'as written') : fixed(`flows.${flow.name}.to`, flow.to),
  ],
  'ha-not-active': notActive,
  'guest-stunned': stun,
  'nic-l2-filter': nicFilter,
  'no-pool': nicFilter,
  'spoof-mac': vf('spoof-check', 'spoofCheck', false, 'off'),
  'spoof-vlan': vf('spoof-check', 'spoofCheck', false, 'off'),
  'tagged-under-port-vlan': vf('vlan', 'vlan', 0, '0'),
  'vf-link-disabled': vf('state', 'linkState', 'auto', 'auto'),
  'pool-rx-disabled': vf('state', 'linkState', 'auto', 'auto'),
  'rx-ring-full': cores,
  'no-descriptor': cores,
  'mmap-frozen': cores,
  'tx-ring-full': cores,
  'wire-tag': ({ node, iface }) => [fixed(nodePath(node.name, 'virtual-wires', iface.bridge ?? '', 'tag-allowed'), 'as written')],
  'no-session': sessions('sessions.tcp-without-syn'),
  'policy-deny': policies,
  'session-table-full': sessions('sessions.max'),
  'nat-pool-exhausted': sessions('nat'),
};
