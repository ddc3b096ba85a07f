/** Shape of live migration, as a hypervisor does it. */
import type { Schema } from './values.ts';
import * as value from './values.ts';

export const liveMigration: Schema = {
  ...value.closed(
    'live migration',
    'Guests come to this hypervisor and leave it while they run (PCI-03): on, off, or its settings.',
    {
      'pre-copy': value.duration('How long the memory of a guest that leaves is copied while it runs. Default 7s.'),
      stun: value.duration('How long a guest that leaves is stunned while the rest is copied. Default 300ms.'),
      'guest-announce': value.flag('A guest that came announces its addresses by gratuitous ARP. Default off.'),
    },
  ),
  title: 'live migration (on, off, or a map of settings)',
  type: ['string', 'boolean', 'object'],
  pattern: '^(on|off)$',
};
