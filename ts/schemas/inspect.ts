import { shown } from './show.ts';
import { addresses6, grants, ha, interfaces, leases, neighbours, nic, nodes, pppoe, routers6 } from './state.ts';
import { chain, closed, list, ns, orNull, position, published, text } from './values.ts';

const summary = closed({ lab: text, position, chain: { anyOf: [chain, { const: '' }] }, virtualTimeNs: ns, damage: orNull(text) });

/** Without a lab: all of them. With one: that lab at its end; with a NIC too: the NIC at a moment; with a firewall and a show command: its answer. */
export const inspectSchema = published('switchback inspect -f json', {
  anyOf: [
    closed({ labs: list(summary) }),
    closed({
      lab: text,
      position,
      atNs: ns,
      chain,
      nodes,
      interfaces,
      ha,
      neighbours,
      addresses6,
      routers6,
      leases,
      grants,
      pppoe,
    }),
    closed({ lab: text, position, atNs: ns, nic }),
    closed({ lab: text, position, atNs: ns, node: text, command: text, shown }),
  ],
});
