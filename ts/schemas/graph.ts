import { HA_ROLES } from '../model/state/ha-state.ts';
import { closed, flag, integer, list, mac, ns, oneOf, orNull, position, published, type Schema, text } from './values.ts';

const carrier = oneOf('up', 'down');
const tag: Schema = { type: 'integer', minimum: 0, maximum: 4095, description: '0: none; 4095: a trunk to a guest.' };
const letters = list({ type: 'string', pattern: '^[A-Z]$', description: 'Of one of `macs`.' });
const drops = list(closed({ reason: text, cause: position, frames: integer }));

const nodeInterface = closed({
  interface: text,
  mode: text,
  vlan: tag,
  state: carrier,
  status: oneOf('forwarding', 'blocked', 'disabled', 'ready', 'reset', 'absent'),
  mac,
  activeUplink: flag,
  aggregate: { ...text, description: 'The aggregate that it is a member of; empty for none.' },
  tags: { ...list(integer), description: 'Of its subinterfaces.' },
  uses: { type: 'string', pattern: '^[A-Z]?$', description: 'Letter of the MAC that it uses, where that is one of `macs`.' },
  believes: { ...letters, description: 'MACs that its switch believes to be behind it.' },
  drops,
});

const impairment = closed({ delayNs: ns, jitterNs: ns, lossPpm: integer, corruptionPpm: integer, rateBps: integer });

export const graphSchema = published(
  'switchback graph -f json',
  closed({
    lab: text,
    position,
    atNs: ns,
    nodes: list(
      closed({
        node: text,
        kind: oneOf('hypervisor', 'vswitch', 'switch', 'bridge', 'nic', 'firewall', 'host', 'router'),
        on: { ...orNull(text), description: 'Its hypervisor.' },
        power: oneOf('running', 'crashed'),
        role: { ...orNull(oneOf(...HA_ROLES)), description: 'In its HA pair.' },
        movesTo: { ...text, description: 'Hypervisor that it is on its way to; empty for none.' },
        interfaces: list(nodeInterface),
        otherInterfaces: { ...integer, description: 'Interfaces that are not drawn.' },
        drops: { ...drops, description: 'At the node itself, and at interfaces that are not drawn.' },
      }),
    ),
    links: list(
      closed({
        link: { ...integer, description: 'Number of the link in the definition.' },
        a: text,
        b: text,
        plugged: flag,
        state: carrier,
        vlan: tag,
        rateBps: { ...integer, description: '0: unlimited.' },
        lines: list(
          closed({
            from: text,
            impairment: orNull(impairment),
            loadBps: { ...orNull(integer), description: 'Bits per second in the 100 ms before.' },
          }),
        ),
      }),
    ),
    vlans: list(integer),
    macs: list(closed({ letter: { type: 'string', pattern: '^[A-Z]$' }, mac, usedBy: list(text) })),
  }),
);
