/** What of the file decides which frames switches drop: policies, VLANs, inspection, limits. */
import { endpointOf } from '../../model/lab/endpoint.ts';
import type { LabInterface } from '../../model/lab/interfaces.ts';
import type { Lab } from '../../model/lab/lab.ts';
import type { VSwitchPolicy } from '../../model/lab/nodes.ts';
import {
  type Deciding,
  type DropContext,
  fixed,
  interfacePath,
  linkPath,
  nodePath,
  type Property,
  portPath,
  withInterface,
  withNode,
} from './property.ts';

const POLICIES = {
  promiscuous: 'promiscuous',
  'mac-changes': 'macChanges',
  'forged-transmits': 'forgedTransmits',
} as const satisfies Record<string, keyof VSwitchPolicy>;

/** Rules VSW-06, VSW-09, VSW-11: a port's own setting wins over the switch's. */
function policy({ lab, node, iface }: DropContext, setting: keyof typeof POLICIES): Property[] {
  if (node.kind !== 'vswitch') return [];
  const field = POLICIES[setting];
  const own = iface.policy?.[field];
  // A file that accepts is not what rejects: a step set the policy.
  if (own ?? node.policy[field]) return [];
  if (own === undefined) {
    const changed = withNode(lab, node.name, (one) =>
      one.kind === 'vswitch' ? { ...one, policy: { ...one.policy, [field]: true } } : one,
    );
    return [{ path: nodePath(node.name, setting), value: 'reject', other: 'accept', lab: changed }];
  }
  const changed = withInterface(lab, endpointOf(iface), (one) => ({ ...one, policy: { ...one.policy, [field]: true } }));
  return [{ path: portPath(iface, setting), value: 'reject', other: 'accept', lab: changed }];
}

/** The policy at any port of the switch that overrides it, and at the switch itself: which guest should have had the frame is not told. */
function anyPolicy(context: DropContext, setting: keyof typeof POLICIES): Property[] {
  const ports = (context.index.byNode.get(context.node.name) ?? []).filter(
    ({ policy: own }) => own?.[POLICIES[setting]] !== undefined,
  );
  return [
    ...policy({ ...context, iface: { ...context.iface, policy: null } }, setting),
    ...ports.flatMap((iface) => policy({ ...context, iface }, setting)),
  ];
}

/** VSW-01, VSW-12: guests use other addresses than the hypervisor gave them, and nothing lets frames through for those. */
const dstMacMismatch: Deciding = (context) => [...ownMacs(context), ...anyPolicy(context, 'promiscuous')];

/** Firewalls on this switch that use MACs of their own (rule MAC-01). */
function ownMacs({ lab, index, node }: DropContext): Property[] {
  const guests = new Set(
    (index.byNode.get(node.name) ?? []).map((port) => (index.peers.get(endpointOf(port)) ?? '').split(':')[0]),
  );
  return lab.nodes.flatMap((one) =>
    one.kind === 'firewall' && guests.has(one.name) && !one.useHypervisorMac
      ? [
          {
            path: nodePath(one.name, 'use-hypervisor-mac'),
            value: 'off',
            other: 'on',
            lab: withPair(lab, one.name),
          },
        ]
      : [],
  );
}

/** The option is set at both units of a pair. */
function withPair(lab: DropContext['lab'], firewall: string) {
  const pair = lab.haPairs.find(({ members }) => members.some(({ node }) => node === firewall));
  const units = pair === undefined ? [firewall] : pair.members.map(({ node }) => node);
  return units.reduce(
    (changed, unit) => withNode(changed, unit, (one) => (one.kind === 'firewall' ? { ...one, useHypervisorMac: true } : one)),
    lab,
  );
}

/** VLANs of this port, and of the others of the node: which of them is wrong is found by trying. */
const vlan: Deciding = (context) => {
  const { lab, index, node, iface, at } = context;
  const peer = lab.interfaces[index.interfaces.get(index.peers.get(at) ?? '') ?? -1];
  const others = (index.byNode.get(node.name) ?? []).filter((port) => port.name !== iface.name && port.vlan !== iface.vlan);
  const own = vlanOf(lab, iface, others[0]?.vlan ?? 0);
  const tags = peer === undefined || peer.vlan === 0 || peer.mode === 'port' ? [] : [vlanOf(lab, peer, iface.vlan)];
  return [...tagging(context), ...own, ...tags.flat(), ...others.flatMap((port) => vlanOf(lab, port, iface.vlan))];
};

/** VFs whose port VLAN is the tag that the frame carries. */
function tagging({ lab, drop }: DropContext): Property[] {
  return lab.interfaces.flatMap((port) => (drop.vlan !== 0 && port.vf?.vlan === drop.vlan ? [vfVlan(lab, port)] : []));
}

function vfVlan(lab: Lab, port: LabInterface): Property {
  const changed = withInterface(lab, endpointOf(port), (one) =>
    one.vf === undefined ? one : { ...one, vf: { ...one.vf, vlan: 0 } },
  );
  return { path: portPath(port, 'vlan'), value: String(port.vf?.vlan), other: '0', lab: changed };
}

function vlanOf(lab: DropContext['lab'], iface: LabInterface, other: number): Property[] {
  const isPort = iface.mode !== 'layer3';
  const path = isPort ? portPath(iface, 'vlan') : interfacePath(iface, 'tag');
  if (iface.vlan === other) return [fixed(path, String(iface.vlan))];
  return [
    {
      path,
      value: String(iface.vlan),
      other: String(other),
      lab: withInterface(lab, endpointOf(iface), (one) => ({ ...one, vlan: other })),
    },
  ];
}

/** Rule DAI-01: no binding allows the sender. */
const arpInspection: Deciding = ({ lab, node, iface, at }) => {
  if ((node.kind !== 'switch' && node.kind !== 'bridge') || node.arpInspection === undefined) return [];
  const { bindings } = node.arpInspection;
  const value = bindings.length === 0 ? 'on' : `on, with ${bindings.map(({ ip, mac }) => `${ip} at ${mac}`).join(', ')}`;
  const off = withNode(lab, node.name, (one) => {
    if (one.kind !== 'switch' && one.kind !== 'bridge') return one;
    const { arpInspection: _, ...rest } = one;
    return rest;
  });
  const trusted = withInterface(lab, at, (one) => ({ ...one, security: { ...unlimited, ...one.security, trusted: true } }));
  return [
    { path: nodePath(node.name, 'arp-inspection'), value, other: 'off', lab: off },
    { path: portPath(iface, 'trusted'), value: 'off', other: 'on', lab: trusted },
  ];
};

const unlimited = { trusted: false, arpPerSecond: 0, macLimit: 0, onViolation: 'drop' } as const;

/** A limit of a port of a physical switch; 0 is none. */
function portLimit(property: string, field: 'macLimit' | 'arpPerSecond'): Deciding {
  return ({ lab, iface, at }) => {
    const value = iface.security?.[field] ?? 0;
    const changed = withInterface(lab, at, (one) => ({ ...one, security: { ...unlimited, ...one.security, [field]: 0 } }));
    return value === 0 ? [] : [{ path: portPath(iface, property), value: String(value), other: 'no limit', lab: changed }];
  };
}

const learningLimit: Deciding = ({ node, iface, lab, at }) => {
  const own = iface.learning ?? (node.kind === 'vswitch' ? node.learning : null);
  if (own === null) return [fixed(nodePath(node.name, 'mac-learning'), 'off')];
  const changed = withInterface(lab, at, (one) => ({ ...one, learning: { ...own, limit: 4096 } }));
  return [{ path: nodePath(node.name, 'mac-learning', 'limit'), value: String(own.limit), other: '4096', lab: changed }];
};

/** A switch floods what it does not know, and a copy goes where nobody has the address: the cable that the copy came by. */
const cable: Deciding = ({ index, at, lab }) => {
  const number = index.links.get(at) ?? -1;
  return number < 0
    ? []
    : [fixed(linkPath(number), lab.links[number]?.a === at ? (lab.links[number]?.b ?? '') : (lab.links[number]?.a ?? ''))];
};

/** Rule HA-22: a cloud's fabric knows by its API, and by nothing else, where an address is. */
const fabric: Deciding = ({ node }) => {
  return node.kind === 'switch' && node.fabric !== undefined ? [fixed(nodePath(node.name, 'fabric'), node.fabric)] : [];
};

const reversePath: Deciding = ({ lab, node }) => {
  const changed = withNode(lab, node.name, (one) => (one.kind === 'vswitch' ? { ...one, reversePathCheckPromisc: false } : one));
  return [{ path: nodePath(node.name, 'reverse-path-check-promisc'), value: 'on', other: 'off', lab: changed }];
};

export const SWITCH_PROPERTIES: Readonly<Record<string, Deciding>> = {
  'dst-mac-mismatch': dstMacMismatch,
  'forged-transmit': (context) => [...policy(context, 'forged-transmits'), ...ownMacs(context)],
  'mac-change-rejected': (context) => [...policy(context, 'mac-changes'), ...ownMacs(context)],
  'mac-limit': learningLimit,
  'source-reflected': cable,
  'reverse-path': reversePath,
  'port-blocked': cable,
  'vlan-mismatch': vlan,
  'no-recipient': (context) => [...vlan(context), ...cable(context)],
  'arp-inspection': arpInspection,
  'port-security': portLimit('mac-limit', 'macLimit'),
  'rate-disabled': portLimit('arp-limit', 'arpPerSecond'),
  'aggregate-member': ({ node, iface }) => [
    fixed(
      nodePath(node.name, node.kind === 'firewall' ? 'aggregates' : 'port-channels', iface.memberOf ?? iface.name),
      'as written',
    ),
  ],
  'reserved-address': cable,
  'fabric-gratuitous': fabric,
  'fabric-source': fabric,
  'fabric-unknown': fabric,
  'fabric-broadcast': fabric,
  'not-mine': cable,
};
