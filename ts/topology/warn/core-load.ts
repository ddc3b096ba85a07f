/** Rule COST-01: a flow that needs more time of a node than its cores have. What is left over dies in rings. */

import { splitEndpoint } from '../../model/lab/endpoint.ts';
import type { Flow } from '../../model/lab/flow.ts';
import { type IoPlan, planIo } from '../../model/lab/io-plan.ts';
import { indexLab } from '../../model/lab/lab-index.ts';
import type { Problem } from '../draft/draft.ts';
import type { LabView } from './lab-view.ts';
import { waysOf } from './way.ts';

const PS_PER_SECOND = 1e12;

/** One flow alone, at the first node on its way that cannot keep up; copies of long frames and wake-ups come on top. */
export function flowAboveItsCores(view: LabView): Problem[] {
  const index = indexLab(view.lab);
  const plans = new Map<string, IoPlan>();
  for (const node of view.lab.nodes) {
    const plan = planIo(index, node, node.kind === 'firewall' ? node.packetIo : 'dpdk');
    if (plan !== null) plans.set(node.name, plan);
  }
  if (plans.size === 0) return [];
  const ways = waysOf(view);
  return view.lab.flows.flatMap((flow) => {
    for (const { node, framePs } of stretchesOf(ways.get(flow.name) ?? [], plans)) {
      const most = (PS_PER_SECOND * (plans.get(node)?.cores ?? 1)) / framePs;
      const asked = PS_PER_SECOND / flow.intervalPs;
      if (asked > most) return [problemOf(view, flow, node, asked, most)];
    }
    return [];
  });
}

/** Nodes with cores that a way crosses, and what a frame costs there from one interface to the other. */
function stretchesOf(
  way: readonly string[],
  plans: ReadonlyMap<string, IoPlan>,
): { readonly node: string; readonly framePs: number }[] {
  return way.flatMap((into, i) => {
    const out = way[i + 1] ?? '';
    const { node } = splitEndpoint(into);
    const ports = plans.get(node)?.ports;
    if (i % 2 === 0 || ports === undefined || splitEndpoint(out).node !== node) return [];
    const from = ports.find(({ endpoint }) => endpoint === into);
    const to = ports.find(({ endpoint }) => endpoint === out);
    const framePs = (from?.rings[0]?.rxPs ?? 0) + (from?.sockets[0]?.appPs ?? 0) + (to?.tx.txPs ?? 0);
    return framePs === 0 ? [] : [{ node, framePs }];
  });
}

function problemOf(view: LabView, { name }: Flow, node: string, asked: number, most: number): Problem {
  return {
    place: view.draft.keyPlace(['flows', name]),
    message: `flow ${name} sends ${perSecond(asked)} frames per second through ${node}, whose cores have time for ${perSecond(most)} at most: the rest is dropped from full rings`,
    rule: 'COST-01',
    remedy: `send fewer frames per second, or choose a packet mode or datapath that costs ${node} less`,
  };
}

function perSecond(frames: number): string {
  return String(Math.floor(frames)).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
