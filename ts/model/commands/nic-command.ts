/** Commands about SR-IOV NICs, in the words of iproute2, and `vf` for what happens inside a guest. Grammar only. */

import { type Mac, macFromNumber, parseMac } from '../../values/mac.ts';
import { PF, VF_LINK_STATES, type VfConfig, vfName } from '../hardware/nic.ts';
import type { Endpoint, NodeName } from '../lab/endpoint.ts';
import { isEndpoint, oneOf, readCount, readPairs, type Words } from './command-words.ts';

/** What `ip link set … vf N` may change; `proto` is only ever refused or the default (rule VF-12). */
export type VfChange = Partial<VfConfig> & { readonly proto?: string };

export type NicCommand =
  /** The administrator sets something of a VF; `endpoint` is the VF (rule VF-08). */
  | { readonly verb: 'ip-vf'; readonly endpoint: Endpoint; readonly change: VfChange }
  /** The PF's own promiscuous mode (rule VF-02). */
  | { readonly verb: 'ip-promisc'; readonly endpoint: Endpoint; readonly on: boolean }
  /** Rules VF-05, VF-06. */
  | { readonly verb: 'bridge-mode'; readonly node: NodeName; readonly mode: 'veb' | 'vepa' }
  /** How many VFs there are (rule VF-01). */
  | { readonly verb: 'numvfs'; readonly endpoint: Endpoint; readonly vfs: number }
  /** The speed of the NIC's wire, Mbit/s (rule VF-14). */
  | { readonly verb: 'link-speed'; readonly endpoint: Endpoint; readonly mbps: number }
  /** The guest's driver is reloaded; a request by hand; the PF takes a disabled VF back; a malicious driver is detected. */
  | { readonly verb: 'vf'; readonly endpoint: Endpoint; readonly action: 'reload' | 'enable' | 'malicious' }
  | { readonly verb: 'vf-request'; readonly endpoint: Endpoint; readonly words: readonly string[] };

export const NIC_COMMAND_USAGE: readonly string[] = [
  'ip link set NIC:pf vf N [mac MAC] [vlan VID] [qos N] [proto 802.1Q|802.1ad] [max_tx_rate MBPS] [min_tx_rate MBPS] [spoofchk on|off] [query_rss on|off] [state auto|enable|disable] [trust on|off]',
  'ip link set NIC:pf promisc on|off',
  'bridge link set NIC:pf hwmode veb|vepa',
  'sriov_numvfs NIC:pf N',
  'ethtool -s NIC:pf speed MBPS',
  'vf NIC:VF reload|enable|malicious',
  'vf NIC:VF request WORD…',
];

/** A setting's word, and how its value is read. An administrative MAC of zeros is none. */
const VF_WORDS: Words<VfChange> = {
  mac: { field: 'adminMac', read: readAdminMac },
  vlan: { field: 'vlan', read: readCount },
  qos: { field: 'qos', read: readCount },
  proto: { field: 'proto', read: (text) => (/^802\.1(q|ad)$/i.test(text) ? text.toLowerCase().replace('q', 'Q') : null) },
  max_tx_rate: { field: 'maxTxRate', read: readCount },
  min_tx_rate: { field: 'minTxRate', read: readCount },
  spoofchk: { field: 'spoofCheck', read: (text) => oneOf(text, 'on', 'off') },
  query_rss: { field: 'queryRss', read: (text) => oneOf(text, 'on', 'off') },
  state: { field: 'linkState', read: (text) => VF_LINK_STATES.find((state) => state === text) ?? null },
  trust: { field: 'trusted', read: (text) => oneOf(text, 'on', 'off') },
};

function readAdminMac(text: string): Mac | '' | null {
  const mac = parseMac(text);
  return mac === macFromNumber(0) ? '' : mac;
}

export const NIC_PARSERS: Readonly<Record<string, (words: readonly string[]) => NicCommand | null>> = {
  ip: ([link, set, pf = '', what, ...rest]) => {
    const node = nicOfPf(pf);
    if (link !== 'link' || set !== 'set' || node === null) return null;
    if (what === 'vf') return parseVf(node, rest);
    const on = what === 'promisc' && rest.length === 1 ? oneOf(rest[0], 'on', 'off') : null;
    return on === null ? null : { verb: 'ip-promisc', endpoint: pf, on };
  },
  bridge: ([link, set, pf = '', hwmode, mode, ...rest]) => {
    const node = nicOfPf(pf);
    if (link !== 'link' || set !== 'set' || hwmode !== 'hwmode' || node === null || rest.length > 0) return null;
    return mode === 'veb' || mode === 'vepa' ? { verb: 'bridge-mode', node, mode } : null;
  },
  sriov_numvfs: ([pf = '', number = '', ...rest]) => {
    const vfs = readCount(number);
    return vfs === null || nicOfPf(pf) === null || rest.length > 0 ? null : { verb: 'numvfs', endpoint: pf, vfs };
  },
  ethtool: ([set, pf = '', speed, number = '', ...rest]) => {
    const mbps = readCount(number);
    if (set !== '-s' || speed !== 'speed' || mbps === null || nicOfPf(pf) === null || rest.length > 0) return null;
    return { verb: 'link-speed', endpoint: pf, mbps };
  },
  vf: ([endpoint = '', action, ...words]) => {
    if (!isEndpoint(endpoint)) return null;
    if (action === 'request') return words.length === 0 ? null : { verb: 'vf-request', endpoint, words };
    if (words.length > 0) return null;
    return action === 'reload' || action === 'enable' || action === 'malicious' ? { verb: 'vf', endpoint, action } : null;
  },
};

function parseVf(node: NodeName, [number = '', ...words]: readonly string[]): NicCommand | null {
  const vf = /^\d{1,3}$/.test(number) ? Number(number) : null;
  const change = words.length === 0 ? null : readPairs<VfChange>(words, VF_WORDS);
  return vf === null || change === null ? null : { verb: 'ip-vf', endpoint: `${node}:${vfName(vf)}`, change };
}

/** The NIC of "NIC:pf"; null when the interface is another. */
function nicOfPf(endpoint: string): NodeName | null {
  const [node = '', name, ...rest] = endpoint.split(':');
  return node !== '' && name === PF && rest.length === 0 ? node : null;
}
