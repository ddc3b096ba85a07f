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
  help: 'Sets a policy of a vSwitch, or of one port, which then no longer follows its switch (VSW-15).',
  doc: [
    '`PolicyChanged`. VSW-06 says what promiscuous mode lets in, VSW-09 what forged transmits lets out, VSW-11 what MAC changes',
    'does to a guest. Refused for uplinks.',
  ],
  examples: ['set vsw1 promiscuous accept', 'set vsw1:p1 forged-transmits reject'],
});

const commit = command({
  verb: 'commit',
  grammar: [word('commit'), value('node', node('FIREWALL')), word('use-hypervisor-mac'), value('useHypervisorMac', ON_OFF)],
  kinds: ['firewall'],
  help: 'Commits the option that a firewall uses the MACs of its hypervisor, device-wide (MAC-01).',
  doc: [
    '`MacOptionChanged`. Each interface whose MAC differs says so (MAC-09): `InterfaceModeChanged`, `PromiscuousChanged`,',
    '`MacAddressChanged`, `SystemLog`, and, if it answers for its addresses, one `GarpSent` for each. Refused on `aws`, `azure`,',
    '`gcp` and `oci`, with `option-not-available` (MAC-11).',
  ],
  examples: ['commit fw1 use-hypervisor-mac off'],
});

const editMac = command({
  verb: 'edit-mac',
  grammar: [word('edit-mac'), value('endpoint', endpoint('NODE:INTERFACE')), value('mac', mac())],
  kinds: ['firewall', 'host'],
  help: 'The hypervisor gives a vNIC another MAC (MAC-10).',
  doc: [
    '`MacAddressChanged` for the initial and the effective one. A host uses it; a firewall only with the option on, as after a',
    'commit.',
  ],
  examples: ['edit-mac fw1:eth1 00:50:56:aa:00:09'],
});

const guestMac = command({
  verb: 'guest-mac',
  grammar: [word('guest-mac'), value('endpoint', endpoint('NODE:INTERFACE')), value('mac', mac())],
  kinds: ['firewall', 'host'],
  help: 'A guest sets the effective MAC of its vNIC itself (VSW-10, VSW-12).',
  doc: [
    '`MacAddressChanged` for the effective and the used one. Where the vSwitch rejects MAC changes, its port then receives',
    'nothing (VSW-11). Refused for firewalls: they have `commit`.',
  ],
  examples: ['guest-mac vm1:eth0 00:50:56:aa:00:09'],
});

const license = command({
  verb: 'license',
  grammar: [word('license'), value('node', node('FIREWALL')), value('vmMacBase', mac('MAC-BASE'))],
  kinds: ['firewall'],
  help: 'A licence brings a base for self-generated MACs (MAC-06).',
  doc: [
    '`MacBaseChanged`. With the option off and without HA, every interface changes its MAC: `MacAddressChanged`, `SystemLog`,',
    '`GarpSent`.',
  ],
  examples: ['license fw1 7c:89:c2:f9:1d:00'],
});

export const MACS = family('vSwitches and MACs', [set, commit, editMac, guestMac, license]);
