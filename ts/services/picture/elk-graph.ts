/**
 * A plan in the JSON of ELK, and what comes back as a layout. ELK's layered algorithm has what the picture needs: boxes in boxes, ports at
 * given places, right angles. Its answer depends on the order of children, which is the plan's, and holds counters of its own (`$H`), which
 * are left behind.
 */
import { type BoxFrame, layoutOf, MARGIN_PX, type PictureLayout, type Point, portPlaces } from '../../picture/layout.ts';
import { COLUMN_GAP_PX, PADDING_PX } from '../../picture/plain-layout.ts';
import { HEADER_PX, type Plan, type PlanBox } from '../../picture/plan.ts';

type Options = Readonly<Record<string, string>>;

export interface ElkPort {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: 0;
  readonly height: 0;
  readonly layoutOptions: Options;
}

export interface ElkBox {
  readonly id: string;
  readonly width?: number;
  readonly height?: number;
  readonly layoutOptions: Options;
  readonly ports?: readonly ElkPort[];
  readonly children?: readonly ElkBox[];
  readonly edges?: readonly { readonly id: string; readonly sources: readonly [string]; readonly targets: readonly [string] }[];
}

/** What ELK answers, as far as it is read. */
export interface ElkAnswer {
  readonly id: string;
  readonly x?: number;
  readonly y?: number;
  readonly width?: number;
  readonly height?: number;
  readonly children?: readonly ElkAnswer[];
  readonly edges?: readonly {
    readonly id: string;
    readonly sections?: readonly {
      readonly startPoint: ElkPoint;
      readonly endPoint: ElkPoint;
      readonly bendPoints?: readonly ElkPoint[];
    }[];
  }[];
}

interface ElkPoint {
  readonly x: number;
  readonly y: number;
}

const SPACING: Options = {
  'elk.spacing.nodeNode': '24',
  'elk.spacing.edgeNode': '14',
  'elk.spacing.edgeEdge': '10',
  'elk.layered.spacing.nodeNodeBetweenLayers': String(COLUMN_GAP_PX),
  'elk.layered.spacing.edgeNodeBetweenLayers': '28',
};

const ROOT_OPTIONS: Options = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.hierarchyHandling': 'INCLUDE_CHILDREN',
  'elk.json.shapeCoords': 'ROOT',
  'elk.json.edgeCoords': 'ROOT',
  'elk.padding': `[top=${MARGIN_PX},left=${MARGIN_PX},bottom=${MARGIN_PX},right=${MARGIN_PX}]`,
  'elk.randomSeed': '1',
  'elk.layered.considerModelOrder.strategy': 'PREFER_NODES',
  ...SPACING,
};

/** ELK inherits no spacing. */
const HOST_OPTIONS: Options = {
  ...SPACING,
  'elk.padding': `[top=${HEADER_PX + 6},left=${PADDING_PX},bottom=${PADDING_PX},right=${PADDING_PX}]`,
};

const SIDES = { left: 'WEST', right: 'EAST', top: 'NORTH', bottom: 'SOUTH' } as const;

/** A plan as ELK reads it. */
export function elkGraph(plan: Plan): ElkBox {
  const within = (host: string | null): ElkBox[] =>
    plan.boxes.flatMap((box, number) => {
      if (box.on !== host) return [];
      return [box.kind === 'hypervisor' ? hostBox(number, box, within(box.node)) : leafBox(plan, number, box)];
    });
  const edges = plan.lines.flatMap(({ link, from, to, fromPort, toPort, isPeer }) => {
    if (isPeer) return [];
    const [source, target] = [portId(plan, from, fromPort), portId(plan, to, toPort)];
    return [{ id: `e${link}`, sources: [source] as const, targets: [target] as const }];
  });
  return { id: 'root', layoutOptions: ROOT_OPTIONS, children: within(null), edges };
}

function hostBox(number: number, { width, height }: PlanBox, children: readonly ElkBox[]): ElkBox {
  return { id: `b${number}`, layoutOptions: HOST_OPTIONS, ...(children.length === 0 ? { width, height } : { children }) };
}

function leafBox(plan: Plan, number: number, box: PlanBox): ElkBox {
  const { width, height } = box;
  const places = portPlaces(box, { x: 0, y: 0, width, height }, () => false);
  // A line to a peer is drawn when all boxes have their places: it does not move them.
  const ports = places.filter(({ side }) => side === 'left' || side === 'right');
  return {
    id: `b${number}`,
    width,
    height,
    layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
    ports: ports.map(({ name, side, x, y }) => ({
      id: portId(plan, number, name),
      x,
      y,
      width: 0,
      height: 0,
      layoutOptions: { 'elk.port.side': SIDES[side] },
    })),
  };
}

/** Numbers, for names may hold anything. */
function portId({ boxes }: Plan, number: number, name: string): string {
  const { left = [], right = [] } = boxes[number] ?? {};
  return `b${number}p${[...left, ...right].indexOf(name)}`;
}

/** ELK's answer as a layout. */
export function layoutOfElk(plan: Plan, answer: ElkAnswer): PictureLayout {
  const frames = new Map<string, BoxFrame>();
  const collect = ({ id, x = 0, y = 0, width = 0, height = 0, children = [] }: ElkAnswer): void => {
    frames.set(id, { x, y, width, height });
    for (const child of children) collect(child);
  };
  collect(answer);
  const routes = new Map<number, readonly Point[]>();
  for (const { id, sections = [] } of answer.edges ?? []) {
    const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint]);
    if (points.length >= 2)
      routes.set(
        Number(id.slice(1)),
        points.map(({ x, y }): Point => [x, y]),
      );
  }
  const placed = plan.boxes.map((_, number) => frames.get(`b${number}`) ?? { x: 0, y: 0, width: 0, height: 0 });
  return layoutOf(plan, 'elk', placed, routes);
}
