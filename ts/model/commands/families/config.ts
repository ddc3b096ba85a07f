/** Candidate and running configuration of a firewall. */
import { command, family, value, word } from '../grammar.ts';
import { node, PATH, TEXT } from '../values.ts';

const CONFIGURED = value('node', node('FIREWALL'));

const set = command({
  verb: 'set-candidate',
  grammar: [word('set'), CONFIGURED, value('path', PATH), value('value', TEXT)],
  kinds: ['firewall'],
  help: "Changes a setting of a firewall's candidate configuration; nothing happens on the wire before `commit`.",
  doc: [
    '`CandidateChanged`. Paths: `use-hypervisor-mac` (MAC-01); `interface/NAME/ipv4` (addresses, separated by commas) and',
    '`interface/NAME/mtu` (JUM-01) of a layer-3 interface; `route/NETWORK/LENGTH`, whose value is a next hop; and in a pair `ha/enabled`,',
    '`ha/group`,',
    '`ha/priority` (HA-06), `ha/preemptive` (HA-14), `ha/timers/hello` and every other timer of a lab file by its name there (HA-04 to HA-15).',
    'HA links: `ha/ha1`, `ha/ha1-backup`, `ha/ha1-encryption`, `ha/config-sync`, `ha/heartbeat-backup`, `ha/ha2`, `ha/ha2-backup`, `ha/ha2-transport`, `ha/ha2-tables`,',
    '`ha/ha2-keep-alive` (HA-02, HA-03, HA-19); `ha/passive-link-state` and `ha/link-bringup` (HA-12); monitors:',
    '`ha/link-monitoring/GROUP/interfaces`, `ha/path-monitoring/GROUP/targets`, and a `condition` of each group and of all (HA-09, HA-10).',
    "Other settings stay as the lab file has them. `inspect LAB FIREWALL 'show config diff'` shows what a commit would change. Refused",
    'for a path that is no setting and for a value that no such setting can have; whether the whole fits together is judged by `commit`.',
  ],
  examples: [
    'set fw1 interface/eth1/mtu 1400',
    'set fw1 route/10.9.0.0/16 10.0.1.254',
    'set fw1 ha/timers/heartbeat 1s',
    'set fw1 ha/link-monitoring/edge/interfaces eth1,eth2',
  ],
});

const unset = command({
  verb: 'unset-candidate',
  grammar: [word('unset'), CONFIGURED, value('path', PATH)],
  kinds: ['firewall'],
  help: 'Removes a route, the addresses of an interface, an HA link or a group of monitors from the candidate configuration.',
  doc: ['`CandidateChanged`. Refused for a setting that always has a value.'],
  examples: ['unset fw1 route/10.9.0.0/16'],
});

const commit = command({
  verb: 'commit-candidate',
  grammar: [word('commit'), CONFIGURED],
  kinds: ['firewall'],
  help: 'Makes the candidate configuration of a firewall its running one, all of it at once.',
  doc: [
    '`ConfigCommitted`, then what follows from it: `MacOptionChanged` and changes of MACs as after a commit of the option alone (MAC-09),',
    '`NeighbourUpdated` for neighbours that no network of their interface holds any more, one `GarpSent` for each new address,',
    'and hellos with the new priority (HA-06). Refused, with every reason at once, when the candidate changes nothing, names',
    'what the firewall does not have, contradicts itself (networks that overlap, next hops out of reach, HA on a port that is not for it) or is beyond a limit (HA-04,',
    'MAC-11). Where the pair has `config-sync` all settings but those of HA go to the peer over HA1, `HaConfigSynced`; else a commit at one',
    'unit does not change the other. `HaConfigWarning` for every difference that is left and breaks HA (HA-14, HA-17, HA-20). With another',
    '`ha/group` the units lose each other. `ha/enabled off` makes a unit a firewall of its own, whose MACs change with the option off (MAC-05).',
  ],
  examples: ['commit fw1'],
});

const revert = command({
  verb: 'revert-candidate',
  grammar: [word('revert'), CONFIGURED],
  kinds: ['firewall'],
  help: 'Makes the candidate configuration of a firewall what runs, as loading the running configuration does.',
  doc: ['`CandidateChanged` for each setting that differed. Refused when none does.'],
  examples: ['revert fw1'],
});

const sync = command({
  verb: 'sync-config',
  grammar: [word('sync-config'), CONFIGURED],
  kinds: ['firewall'],
  help: 'Sends the configuration of a unit to its peer, as operators do with request high-availability sync-to-remote running-config.',
  doc: [
    'Real segments over HA1, and `HaConfigSynced` at the peer where its settings differed (HA-01, HA-02). Refused for a firewall that',
    'takes no part in HA, where `ha/config-sync` is off, and while HA1 is down: the heartbeat backup carries no configuration (HA-03).',
  ],
  examples: ['sync-config fw1'],
});

export const CONFIG = family('Candidate configuration', [set, unset, commit, revert, sync]);
