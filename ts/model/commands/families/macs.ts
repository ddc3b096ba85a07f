/** Policies of vSwitches, and the MACs of guests behind them. */

import { command, family, fieldsOf, value, word } from '../grammar.ts';
import { choice, endpoint, mac, node, ON_OFF, oneOf, type Value } from '../values.ts';

/** A vSwitch, or one port of it; `interface` is null for the whole switch. */
const SWITCH_OR_PORT: Value<{ readonly node: string; readonly interface: string | null }> = {
  kind: 'endpoint',
  usage: 'VSWITCH[:PORT]',
  words: [],
  read: (text) => {
    const [name = '', port = null, ...more] = text.split(':');
    return name === '' || port === '' || more.length > 0 ? undefined : { node: name, interface: port };
  },
};

const set = command({
  verb: 'set',
  grammar: [
    word('set'),
    fieldsOf(SWITCH_OR_PORT),
    value('setting', oneOf('promiscuous', 'mac-changes', 'forged-transmits')),
    value('accept', choice({ accept: true, reject: false })),
  ],
  kinds: ['vswitch'],
  help: 'Sets a policy of a vSwitch or of one port; the setting of a port overrides that of its switch (VSW-15).',
  doc: [
    '`PolicyChanged`. The rules describe the effects: VSW-06 for promiscuous mode, VSW-09 for forged transmits, VSW-11 for MAC',
    'changes. Refused for uplinks.',
  ],
  examples: ['set vsw1 promiscuous accept', 'set vsw1:p1 forged-transmits reject'],
});

const commit = command({
  verb: 'commit',
  grammar: [word('commit'), value('node', node('FIREWALL')), word('use-hypervisor-mac'), value('useHypervisorMac', ON_OFF)],
  kinds: ['firewall'],
  help: 'Commits the device-wide option whether a firewall uses the MACs of its hypervisor (MAC-01).',
  doc: [
    '`MacOptionChanged`. Each interface whose MAC changes records it (MAC-09): `InterfaceModeChanged`, `PromiscuousChanged`,',
    '`MacAddressChanged`, `SystemLog`, and, if it answers ARP for its addresses, one `GarpSent` for each address. Refused on',
    '`aws`, `azure`, `gcp` and `oci`, with `option-not-available` (MAC-11).',
  ],
  examples: ['commit fw1 use-hypervisor-mac off'],
});

const editMac = command({
  verb: 'edit-mac',
  grammar: [word('edit-mac'), value('endpoint', endpoint('NODE:INTERFACE')), value('mac', mac())],
  kinds: ['firewall', 'host'],
  help: 'The hypervisor gives a vNIC another MAC (MAC-10).',
  doc: [
    '`MacAddressChanged` for the initial and the effective MAC. A host uses the new MAC; a firewall uses it only with the option on,',
    'with the same events as after a commit.',
  ],
  examples: ['edit-mac fw1:eth1 00:50:56:aa:00:09'],
});

const guestMac = command({
  verb: 'guest-mac',
  grammar: [word('guest-mac'), value('endpoint', endpoint('NODE:INTERFACE')), value('mac', mac())],
  kinds: ['firewall', 'host'],
  help: 'A guest sets the effective MAC of its vNIC itself (VSW-10, VSW-12).',
  doc: [
    '`MacAddressChanged` for the effective and the used MAC. If the vSwitch rejects MAC changes, the port then receives no frames',
    '(VSW-11). Refused for firewalls: use `commit` for them.',
  ],
  examples: ['guest-mac vm1:eth0 00:50:56:aa:00:09'],
});

const license = command({
  verb: 'license',
  grammar: [word('license'), value('node', node('FIREWALL')), value('vmMacBase', mac('MAC-BASE'))],
  kinds: ['firewall'],
  help: 'A licence gives the firewall a base for self-generated MACs (MAC-06).',
  doc: [
    '`MacBaseChanged`. With the option off and without HA, every interface changes its MAC: `MacAddressChanged`, `SystemLog`,',
    '`GarpSent`.',
  ],
  examples: ['license fw1 7c:89:c2:f9:1d:00'],
});

export const MACS = family('vSwitches and MACs', [set, commit, editMac, guestMac, license]);
