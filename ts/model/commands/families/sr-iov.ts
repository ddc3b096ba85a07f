/** SR-IOV NICs, in the words of iproute2, and `vf` for what happens inside a guest. */

import { macFromNumber } from '../../../values/mac.ts';
import { PF, VF_LINK_STATES, type VfConfig, vfName } from '../../hardware/nic.ts';
import { RESOURCE_REFUSALS } from '../../hardware/virtchnl.ts';
import type { Endpoint, NodeName } from '../../lab/endpoint.ts';
import { command, commandOf, family, fieldsOf, settings, value, word, words } from '../grammar.ts';
import { count, endpoint, mac, ON_OFF, oneOf, type Value } from '../values.ts';

/** What `ip link set … vf N` may change; `proto` is only ever refused or the default (rule VF-12). */
export type VfChange = Partial<VfConfig> & { readonly proto?: string };

const PF_USAGE = `NIC:${PF}`;

/** The NIC of "NIC:pf". */
const NIC_OF_PF: Value<{ readonly node: NodeName }> = {
  kind: 'endpoint',
  usage: PF_USAGE,
  words: [],
  read: (text) => {
    const [nic = '', name, ...rest] = text.split(':');
    return nic !== '' && name === PF && rest.length === 0 ? { node: nic } : undefined;
  },
};

/** "NIC:pf" itself. */
const PF_ENDPOINT: Value<Endpoint> = {
  ...NIC_OF_PF,
  read: (text) => (NIC_OF_PF.read(text) === undefined ? undefined : text),
};

/** A MAC of zeros is none. */
const ADMIN_MAC: Value<string> = {
  ...mac(),
  read: (text) => {
    const address = mac().read(text);
    return address === macFromNumber(0) ? '' : address;
  },
};

const VLAN_PROTO: Value<string> = {
  kind: 'choice',
  usage: '802.1Q|802.1ad',
  words: ['802.1Q', '802.1ad'],
  read: (text) => (/^802\.1(q|ad)$/i.test(text) ? text.toLowerCase().replace('q', 'Q') : undefined),
};

const ipVf = commandOf(
  {
    verb: 'ip-vf',
    grammar: [
      word('ip'),
      word('link'),
      word('set'),
      fieldsOf(NIC_OF_PF),
      word('vf'),
      value('vf', count('N', 3)),
      settings<VfChange>()('change', {
        mac: { field: 'adminMac', value: ADMIN_MAC },
        vlan: { field: 'vlan', value: count('VID') },
        qos: { field: 'qos', value: count('N') },
        proto: { field: 'proto', value: VLAN_PROTO },
        max_tx_rate: { field: 'maxTxRate', value: count('MBPS') },
        min_tx_rate: { field: 'minTxRate', value: count('MBPS') },
        spoofchk: { field: 'spoofCheck', value: ON_OFF },
        query_rss: { field: 'queryRss', value: ON_OFF },
        state: { field: 'linkState', value: oneOf(...VF_LINK_STATES) },
        trust: { field: 'trusted', value: ON_OFF },
      }),
    ],
    kinds: ['nic'],
    help: 'The administrator changes settings of a VF, with the words of iproute2 (VF-08).',
    doc: [
      '`VfConfigChanged` holds all settings, after the change. A MAC of zeros removes the administrative MAC. On 10G the address',
      'changes at once, `MacAddressChanged`, and the guest gets the new address when its driver resets. A new `state` makes the PF',
      'tell the VF to reset itself, `VfResetRequired` (MBX-10). On 40G a new MAC, port VLAN or trust resets the VF, `VfReset` (VCH-02).',
      'A new `state` sets the carrier of the guest, `InterfaceLinkChanged` (VF-13). The PF of 40G reports state and speed to the VF,',
      '`VfLinkReported` (VCH-09); a state that is forced up has 40G, on 100G the speed of the wire. `max_tx_rate` slows down the line of the guest, and frames above',
      'the rate are queued there (VF-14). Refused: a rate the NIC cannot keep, any `min_tx_rate`, `proto 802.1ad` (VF-12).',
    ],
    examples: [
      'ip link set nic1:pf vf 0 mac 00:50:56:aa:00:01 spoofchk on',
      'ip link set nic1:pf vf 0 vlan 200 qos 5',
      'ip link set nic1:pf vf 0 mac 00:00:00:00:00:00 vlan 0',
    ],
  },
  ({ node, vf, change }): { readonly endpoint: Endpoint; readonly change: VfChange } => ({
    endpoint: `${node}:${vfName(vf)}`,
    change,
  }),
);

const ipPromisc = command({
  verb: 'ip-promisc',
  grammar: [word('ip'), word('link'), word('set'), value('endpoint', PF_ENDPOINT), word('promisc'), value('on', ON_OFF)],
  kinds: ['nic'],
  help: "Sets the PF's own promiscuous mode.",
  doc: [
    '`PromiscuousChanged`. The NIC then receives every unicast frame from the wire, and the PF gets the frames for no VF (VF-02).',
    'A VF of 10G may only be promiscuous while its PF is (MBX-09).',
  ],
  examples: ['ip link set nic1:pf promisc on'],
});

const bridgeMode = command({
  verb: 'bridge-mode',
  grammar: [word('bridge'), word('link'), word('set'), fieldsOf(NIC_OF_PF), word('hwmode'), value('mode', oneOf('veb', 'vepa'))],
  kinds: ['nic'],
  help: 'Sets whether functions reach each other inside the NIC (VF-05), or only through the switch at its wire (VF-06).',
  doc: ['`BridgeModeChanged`.'],
  examples: ['bridge link set nic1:pf hwmode vepa'],
});

const numvfs = command({
  verb: 'numvfs',
  grammar: [word('sriov_numvfs'), value('endpoint', PF_ENDPOINT), value('vfs', count('N'))],
  kinds: ['nic'],
  help: 'Sets the number of VFs (VF-01), as a host does in `/sys/class/net/PF/device/sriov_numvfs`.',
  doc: [
    'A different number removes all VFs and makes new ones: `VfConfigChanged` for each, `removed` or with the settings of a new VF. The',
    'host has a new VF until `assign` gives it to a guest. Refused: more VFs than the NIC can have, or than the lab file allows',
    '(`max-vfs`); any number but 0 while a VF is assigned to a guest. `sriov_numvfs … 0` keeps all VFs while one is assigned,',
    'and writes a `SystemLog`.',
  ],
  examples: ['sriov_numvfs nic1:pf 8'],
});

const linkSpeed = command({
  verb: 'link-speed',
  grammar: [word('ethtool'), word('-s'), value('endpoint', PF_ENDPOINT), word('speed'), value('mbps', count('MBPS'))],
  kinds: ['nic'],
  help: "Sets the speed of the NIC's wire, in both directions, until it is set again.",
  doc: [
    '`LinkSpeedChanged`. 10G: 100, 1000 or 10000; every `max_tx_rate` is removed, `VfConfigChanged` and one `SystemLog` (VF-14).',
    '40G: 1000, 10000 or 40000; 100G: 10000, 25000, 50000 or 100000; the PF reports the speed to its VFs, `VfLinkReported` (VCH-09). `impair … rate` also slows a line',
    'down, but no driver learns of it; the lower rate applies.',
  ],
  examples: ['ethtool -s nic1:pf speed 1000'],
});

const resetPf = command({
  verb: 'reset-pf',
  grammar: [word('reset-pf'), value('endpoint', PF_ENDPOINT)],
  kinds: ['nic'],
  help: "Lets the PF's driver reset its device, as it does when a transmit queue hangs (MBX-10).",
  doc: [
    '`PfReset`; then the PF tells every VF that works to reset itself, `VfResetRequired`. A VF drops all frames (`pool-rx-disabled`,',
    '`pool-tx-disabled`) until its driver has set it up again, 10 ms later; a VF of 40G has lost its addresses, too (`VfReset`). The',
    'carrier of the wire stays. Refused while a guest has the PF.',
  ],
  examples: ['reset-pf nic1:pf'],
});

const vf = command({
  verb: 'vf',
  grammar: [word('vf'), value('endpoint', endpoint('NIC:VF')), value('action', oneOf('reload', 'enable', 'malicious'))],
  kinds: ['nic'],
  help: 'Reloads the driver of a VF, enables a disabled VF, or lets the NIC detect a malicious driver.',
  doc: [
    '`reload`: the driver starts again, `VfReset`, and repeats all its requests. `malicious`: the NIC detects a malicious driver,',
    '`VfDisabled` (VCH-10); the driver of a PF that is older than 2.8.20 lets three of these events pass, `MaliciousDriverDetected`.',
    '`enable`: the PF enables a disabled VF again, `VfReset`.',
  ],
  examples: ['vf nic1:vf0 reload'],
});

const vfRequest = command({
  verb: 'vf-request',
  grammar: [word('vf'), value('endpoint', endpoint('NIC:VF')), word('request'), words('words', 'WORD…')],
  kinds: ['nic'],
  help: 'Sends a request to the PF by hand.',
  doc: [
    '10G: up to 16 words of the mailbox (MBX-01), here SET_VLAN. 40G: a message of the virtual channel and its arguments (VCH-01):',
    '`VERSION` `GET_VF_RESOURCES [CAPABILITY…]` `RESET_VF` `ADD_ETH_ADDR MAC…` `DEL_ETH_ADDR MAC…` `ADD_VLAN VID…` `DEL_VLAN VID…`',
    '`CONFIG_PROMISCUOUS_MODE FLAGS` `CONFIG_VSI_QUEUES PAIRS` `ENABLE_QUEUES RX TX` `DISABLE_QUEUES RX TX` `REQUEST_QUEUES PAIRS`',
    '`CONFIG_RSS_KEY HEX` `CONFIG_RSS_LUT HEX`. The answer is `VfMailboxReply`. It can be followed by `VfFilterChanged`,',
    '`VfReceiveModeChanged`, `QueuesEnabled`, `MacAddressChanged`, `MacAddressRefused`, `SpoofCheckSuspended` or `VfRxDisabled`. If the',
    'PF grants the request but does nothing, `VfRequestIgnored` follows.',
  ],
  examples: ['vf nic1:vf0 request 00010004 00000064', 'vf nic2:vf0 request ADD_VLAN 100'],
});

const vfRefuse = command({
  verb: 'vf-refuse',
  grammar: [word('vf'), value('endpoint', endpoint('NIC:VF')), word('refuse'), value('refusal', oneOf(...RESOURCE_REFUSALS))],
  kinds: ['nic'],
  help: 'The PF of 40G refuses a VF its resources, once (VCH-01).',
  doc: [
    'The driver of the VF starts again, `VfReset`, and its request GET_VF_RESOURCES is answered with this status, `VfMailboxReply` and a',
    '`SystemLog` of the guest: `no-memory` is that of i40e and ice when they cannot allocate the reply. The VF moves no frame. A driver of',
    'Linux asks again after 1 s, but gives the VF up until `vf NIC:VF reload` on `param` and `invalid-vf-id`; one of DPDK always gives it up.',
  ],
  examples: ['vf nic2:vf0 refuse no-memory'],
});

const vfDriverClose = command({
  verb: 'vf-driver-close',
  grammar: [word('vf'), value('endpoint', endpoint('NIC:VF')), word('driver-close')],
  kinds: ['nic'],
  help: 'The PF of 40G tells a VF that its driver closes, the event PF_DRIVER_CLOSE of the virtual channel.',
  doc: [
    'The driver of the guest writes a `SystemLog`: one of DPDK knows the event, one of Linux does not. Nothing else follows. No PF driver of',
    'Linux or DPDK sends it.',
  ],
  examples: ['vf nic2:vf0 driver-close'],
});

export const SR_IOV = family('SR-IOV NICs', [
  ipVf,
  ipPromisc,
  bridgeMode,
  numvfs,
  linkSpeed,
  resetPf,
  vf,
  vfRequest,
  vfRefuse,
  vfDriverClose,
]);
