import { ha, interfaces, neighbours, nodes } from './state.ts';
import { chain, closed, list, ns, orNull, position, published, text } from './values.ts';

const summary = closed({ lab: text, position, chain: { anyOf: [chain, { const: '' }] }, virtualTimeNs: ns, damage: orNull(text) });

/** With a lab: that lab at its end. Without: all of them. */
export const inspectSchema = published('switchback inspect -f json', {
  anyOf: [closed({ labs: list(summary) }), closed({ lab: text, position, atNs: ns, chain, nodes, interfaces, ha, neighbours })],
});
