/** Sessions of firewalls with zones. */
import { command, family, optional, value, word } from '../grammar.ts';
import { count, node } from '../values.ts';

const clear = command({
  verb: 'session-clear',
  grammar: [
    word('session'),
    word('clear'),
    value('node', node('FIREWALL')),
    optional<{ readonly session: number }>({ id: { field: 'session', value: count('ID', 6) } }),
  ],
  kinds: ['firewall'],
  help: 'A firewall forgets its sessions, or the one with an id.',
  doc: [
    '`SessionsCleared` with their number. The next packet of such a session opens a new one, where it can: UDP and an ICMP echo request can, TCP',
    'without SYN is dropped as `no-session`. Ids are those of `show session all`. The HA peer clears its copies (HA-19). Refused for a',
    'firewall without zones, and for one without power.',
  ],
  examples: ['session clear fw1', 'session clear fw1 id 3'],
});

export const SESSIONS = family('Sessions', [clear]);
