/** IPv6 through a router: hop limit, longest prefix, neighbour. */
import { besideC } from './beside-c.ts';
import type { Benchmark } from './plan.ts';
import type { SwitchShape } from './shape.ts';

const NAME = 'layer 3 over IPv6, 2 ports, 1k neighbours';
const SHAPE: SwitchShape = { kind: 'router6', ports: 2, stations: 1024 };

export const IPV6: readonly Benchmark[] = [
  { name: NAME, run: (plan) => [besideC(plan, NAME, SHAPE, 'route6', [SHAPE.ports, SHAPE.stations])] },
];
