/** ARP inspection and port security of physical switches; ports of any switch. */

import type { PortSecurity } from '../../lab/interfaces.ts';
import type { NodeKind } from '../../lab/nodes.ts';
import { command, family, settings, value, word } from '../grammar.ts';
import { choice, count, endpoint, IP, mac, node, ON_OFF, oneOf, orNone } from '../values.ts';

const PHYSICAL: readonly NodeKind[] = ['switch', 'bridge'];

const inspectArp = command({
  verb: 'inspect-arp',
  grammar: [word('inspect-arp'), value('node', node('SWITCH')), value('enabled', ON_OFF)],
  kinds: PHYSICAL,
  help: 'Turns ARP inspection of a `switch` or `bridge` on or off (DAI-01).',
  doc: [
    '`ArpInspectionChanged`. While inspection is on, ARP from an untrusted port passes only if a binding has the address and the MAC',
    'of the sender; the switch drops other ARP, `arp-inspection`. Bindings stay while inspection is off.',
  ],
  examples: ['inspect-arp psw off'],
});

/** `mac` is null to remove the binding. */
const bind = command({
  verb: 'bind',
  grammar: [word('bind'), value('node', node('SWITCH')), value('ip', IP), value('mac', orNone(mac(), 'none'))],
  kinds: PHYSICAL,
  help: 'Makes, changes or removes a static binding of an address to a MAC.',
  doc: [
    '`ArpBindingChanged`. An address has one binding. After a failover with the option on, inspection drops ARP of the new active',
    'firewall until you bind its MAC (DAI-02). Refused if the switch already has 256 bindings.',
  ],
  examples: ['bind psw 10.0.1.1 00:50:56:bb:00:01', 'bind psw 10.0.1.9 none'],
});

const secure = command({
  verb: 'secure',
  grammar: [
    word('secure'),
    value('endpoint', endpoint('SWITCH:PORT')),
    settings<PortSecurity>()('change', {
      trust: { field: 'trusted', value: ON_OFF },
      'arp-limit': { field: 'arpPerSecond', value: count('N') },
      'mac-limit': { field: 'macLimit', value: count('N') },
      violation: { field: 'onViolation', value: oneOf('drop', 'shutdown') },
    }),
  ],
  kinds: PHYSICAL,
  help: 'Sets what a port of a `switch` or `bridge` allows.',
  doc: [
    'New settings are merged into earlier ones; 0 is no limit. `PortSecurityChanged` holds all settings. ARP from a trusted port is',
    'not inspected. More ARP frames in a second than `arp-limit` disable the port: `PortStateChanged`, and its frames are dropped,',
    '`rate-disabled`. Frames from a source above `mac-limit` are dropped, `port-security`; with `violation shutdown` they also',
    'disable the port.',
  ],
  examples: ['secure psw:p12 trust on', 'secure psw:p1 mac-limit 4 violation shutdown'],
});

const port = command({
  verb: 'port',
  grammar: [
    word('port'),
    value('endpoint', endpoint('NODE:PORT')),
    value('state', choice({ block: 'blocked', unblock: 'forwarding' } as const)),
  ],
  kinds: ['vswitch', ...PHYSICAL],
  help: 'An operator blocks or unblocks a port of any switch (VSW-14).',
  doc: ['`PortStateChanged`. Its frames are dropped, `port-blocked`. `unblock` also enables a port that the switch disabled.'],
  examples: ['port vsw1:p1 block', 'port psw:p1 unblock'],
});

export const PHYSICAL_SWITCHES = family('Physical switches', [inspectArp, bind, secure, port]);
