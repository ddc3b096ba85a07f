/** Shape of what joins interfaces of a firewall: virtual wires and VLAN objects (MODE-02, MODE-04). */
import { PORTS_PER_SWITCH_MAX } from '../draft/limits.ts';
import * as value from './values.ts';

const interfaceName = value.text(value.INTERFACE_TITLE, 'A port name.', 'interface-name');

export const MODE_NAME_TITLE = 'a name (letters, digits, ".", "_", "-")';

export const virtualWire = value.closed(
  'a virtual wire',
  "Two interfaces that pass each other's frames on unchanged (MODE-04).",
  {
    interfaces: value.list('Its two ends, of mode virtual-wire.', interfaceName, 2, 2),
    'tag-allowed': {
      title: 'VLAN ids from 0 to 4094, such as 0, "10,20-30"',
      description: 'Tags it passes; 0 stands for untagged frames. Default 0.',
      type: ['string', 'integer'],
      format: 'vlan-ranges',
      minimum: 0,
      maximum: 4094,
    },
    'link-state-pass-through': value.flag('When one end loses its carrier, so does the other. Default on.'),
  },
  ['interfaces'],
);

export const vlanObject = value.closed(
  'a VLAN object',
  'Layer-2 interfaces that are one bridge (MODE-02).',
  { interfaces: value.list('Its interfaces, of mode layer2.', interfaceName, PORTS_PER_SWITCH_MAX) },
  ['interfaces'],
);
