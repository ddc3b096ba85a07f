/** Times of control planes that nothing in a lab takes (rule COST-09). `published` has them all, and nobody asked for each. */
import { splitEndpoint } from '../../model/lab/endpoint.ts';
import type { HaPair } from '../../model/lab/ha-pair.ts';
import type { Problem } from '../draft/draft.ts';
import type { LabView } from './lab-view.ts';
import { commandsOf } from './steps.ts';

export function timeIsIdle(view: LabView): Problem[] {
  const raw = view.draft.written(['control-plane']);
  if (typeof raw !== 'object' || raw === null) return [];
  const { haPairs } = view.lab;
  const onVf = view.lab.interfaces.some(({ node, name, mode }) => mode === 'vf' && isLinked(view, `${node}:${name}`));
  const plugs = commandsOf(view).some((command) => command.verb === 'link' && command.up);
  const isUsed: Readonly<Record<string, readonly [boolean, string]>> = {
    'mailbox-request': [onVf, 'no guest has a VF'],
    'vf-reset': [onVf, 'no guest has a VF'],
    promotion: [haPairs.length > 0, 'there is no pair'],
    ha1: [haPairs.length > 0, 'there is no pair'],
    'cloud-call': [haPairs.some((pair) => waitsForCall(view, pair)), 'no pair calls a cloud for a time of this file'],
    carrier: [plugs || haPairs.some(({ passiveLinkState }) => passiveLinkState !== undefined), 'no link comes up'],
  };
  return Object.keys(raw).flatMap((key) => {
    const [used, why] = isUsed[key] ?? [true, ''];
    if (used) return [];
    const place = view.draft.keyPlace(['control-plane', key]);
    return [{ place, message: `${key} changes nothing: ${why}`, rule: 'COST-09', remedy: `remove ${key}` }];
  });
}

/** Whether a guest has a VF, or may be given it. */
function isLinked(view: LabView, vf: string): boolean {
  return view.lab.links.some(({ a, b }) => (a === vf || b === vf) && view.nodes.has(splitEndpoint(a === vf ? b : a).node));
}

/** A pair in a cloud that does not say itself how long its calls take. */
function waitsForCall(view: LabView, { name, cloud }: HaPair): boolean {
  return cloud !== undefined && view.draft.written(['ha', name, 'cloud', 'takes']) === undefined;
}
