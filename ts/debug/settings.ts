/** Settings of a lab that a command changes while it runs: `NODE.PROPERTY=VALUE` as the commands that do it. */
import type { Lab } from '../model/lab/lab.ts';
import { suggestion } from '../values/did-you-mean.ts';

export interface Setting {
  /** A node, or "node:interface". */
  readonly of: string;
  /** As the lab file calls it; of a firewall also a path of its configuration, such as ha/timers/heartbeat. */
  readonly property: string;
  readonly value: string;
}

const POLICIES = new Set(['promiscuous', 'mac-changes', 'forged-transmits']);
const SECURITY: Readonly<Record<string, string>> = {
  trusted: 'trust',
  'arp-limit': 'arp-limit',
  'mac-limit': 'mac-limit',
  violation: 'violation',
};
const VF_WORDS: Readonly<Record<string, string>> = {
  mac: 'mac',
  vlan: 'vlan',
  qos: 'qos',
  trust: 'trust',
  'spoof-check': 'spoofchk',
  'max-tx-rate': 'max_tx_rate',
  state: 'state',
  'query-rss': 'query_rss',
};

/** Reads "psw.arp-inspection=off". @throws RangeError */
export function readSetting(text: string): Setting {
  const [, of, property, value] = /^([^.=\s]+)\.([^=\s]+)=(\S+)$/.exec(text) ?? [];
  if (of === undefined || property === undefined || value === undefined) {
    throw new RangeError(`"${text}" is no setting; expected NODE.PROPERTY=VALUE, such as psw.arp-inspection=off`);
  }
  return { of, property, value };
}

/**
 * The commands that make a setting in a running lab; null where no command does.
 * @throws RangeError for a node or interface that the lab does not have
 */
export function commandsFor({ nodes, interfaces }: Lab, { of, property, value }: Setting): readonly string[] | null {
  const [node = '', port] = of.split(':');
  const found = nodes.find(({ name }) => name === node);
  if (found === undefined) {
    throw new RangeError(
      `there is no node "${node}"${suggestion(
        node,
        nodes.map(({ name }) => name),
      )}`,
    );
  }
  if (port !== undefined) {
    const names = interfaces.flatMap((iface) => (iface.node === node ? [iface.name] : []));
    if (!names.includes(port)) throw new RangeError(`${node} has no interface "${port}"${suggestion(port, names)}`);
  }
  switch (found.kind) {
    case 'vswitch':
      return POLICIES.has(property) ? [`set ${of} ${property} ${value}`] : null;
    case 'switch':
    case 'bridge':
      return switchCommands(of, port, property, value);
    case 'firewall':
      return firewallCommands(node, port, property, value);
    case 'nic':
      return nicCommands(node, port, property, value);
    default:
      return null;
  }
}

function switchCommands(of: string, port: string | undefined, property: string, value: string): readonly string[] | null {
  if (port === undefined) return property === 'arp-inspection' && isFlag(value) ? [`inspect-arp ${of} ${value}`] : null;
  const word = SECURITY[property];
  return word === undefined ? null : [`secure ${of} ${word} ${value}`];
}

function firewallCommands(node: string, port: string | undefined, property: string, value: string): readonly string[] | null {
  if (port === undefined && property === 'use-hypervisor-mac') return [`commit ${node} use-hypervisor-mac ${value}`];
  if (port === undefined && property === 'packet-io') return [`packet-io ${node} ${value}`];
  if (port === undefined && property.includes('/')) return [`set ${node} ${property} ${value}`, `commit ${node}`];
  if (port !== undefined && property === 'mac') return [`edit-mac ${node}:${port} ${value}`];
  if (port !== undefined && (property === 'mtu' || property === 'ipv4')) {
    return [`set ${node} interface/${port}/${property} ${value}`, `commit ${node}`];
  }
  return null;
}

function nicCommands(node: string, port: string | undefined, property: string, value: string): readonly string[] | null {
  const vf = /^vf(\d+)$/.exec(port ?? '')?.[1];
  const word = VF_WORDS[property];
  return vf === undefined || word === undefined ? null : [`ip link set ${node}:pf vf ${vf} ${word} ${value}`];
}

function isFlag(value: string): boolean {
  return value === 'on' || value === 'off';
}
