/** Commands about a firewall's packet I/O, its virtual NICs, and the devices of a host. Grammar only. */

import { PACKET_IO_MODES, type PacketIoMode } from '../hardware/packet-io.ts';
import { VNIC_MODELS, type VnicModel } from '../hardware/vnic.ts';
import type { Endpoint, NodeName } from '../lab/endpoint.ts';
import { isEndpoint, oneOf, readPairs, type Words } from './command-words.ts';

export type PacketIoCommand =
  /** Rule IOM-04. */
  | { readonly verb: 'packet-io'; readonly node: NodeName; readonly setting: PacketIoMode }
  /** Rule PCI-03. */
  | { readonly verb: 'migrate'; readonly node: NodeName; readonly to: NodeName }
  | { readonly verb: 'unplug'; readonly endpoint: Endpoint }
  /** Rule IOM-02: a NIC added later. */
  | { readonly verb: 'plug'; readonly endpoint: Endpoint; readonly model: VnicModel | null; readonly accelerated: boolean | null }
  /** Rule PCI-01. */
  | { readonly verb: 'assign'; readonly device: Endpoint; readonly guest: Endpoint }
  | { readonly verb: 'release'; readonly device: Endpoint };

export const PACKET_IO_COMMAND_USAGE: readonly string[] = [
  'packet-io FIREWALL dpdk|mmap',
  'unplug FIREWALL:INTERFACE',
  `plug FIREWALL:INTERFACE [nic ${VNIC_MODELS.join('|')}] [accelerated on|off]`,
  'assign NIC:pf|NIC:vfN GUEST:INTERFACE',
  'release NIC:pf|NIC:vfN',
  'migrate GUEST to HYPERVISOR',
];

interface Plug {
  readonly model: VnicModel;
  readonly accelerated: boolean;
}

const PLUG_WORDS: Words<Plug> = {
  nic: { field: 'model', read: (text) => VNIC_MODELS.find((model) => model === text) ?? null },
  accelerated: { field: 'accelerated', read: (text) => oneOf(text, 'on', 'off') },
};

export const PACKET_IO_PARSERS: Readonly<Record<string, (words: readonly string[]) => PacketIoCommand | null>> = {
  'packet-io': ([node = '', word, ...rest]) => {
    const setting = PACKET_IO_MODES.find((mode) => mode === word);
    return setting === undefined || !isNode(node) || rest.length > 0 ? null : { verb: 'packet-io', node, setting };
  },
  unplug: ([endpoint = '', ...rest]) => (!isEndpoint(endpoint) || rest.length > 0 ? null : { verb: 'unplug', endpoint }),
  plug: ([endpoint = '', ...words]) => {
    const plug = readPairs<Plug>(words, PLUG_WORDS);
    if (plug === null || !isEndpoint(endpoint)) return null;
    return { verb: 'plug', endpoint, model: plug.model ?? null, accelerated: plug.accelerated ?? null };
  },
  assign: ([device = '', guest = '', ...rest]) =>
    !isEndpoint(device) || !isEndpoint(guest) || rest.length > 0 ? null : { verb: 'assign', device, guest },
  release: ([device = '', ...rest]) => (!isEndpoint(device) || rest.length > 0 ? null : { verb: 'release', device }),
  migrate: ([node = '', word, to = '', ...rest]) =>
    word !== 'to' || !isNode(node) || !isNode(to) || rest.length > 0 ? null : { verb: 'migrate', node, to },
};

function isNode(word: string): boolean {
  return word !== '' && !word.includes(':');
}
