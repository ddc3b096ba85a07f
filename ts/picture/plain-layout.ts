/**
 * A layout without a layout library: columns by rank, hypervisors as blocks with columns of their own. Always there, in a page too, and quick
 * for any lab; lines may run behind boxes.
 */
import { groupBy } from '../values/group-by.ts';
import { type BoxFrame, layoutOf, MARGIN_PX, type PictureLayout } from './layout.ts';
import { HEADER_PX, type Plan, type PlanBox } from './plan.ts';

const ROW_GAP_PX = 24;
/** Between columns there is room for what the ports on both sides send and drop. */
export const COLUMN_GAP_PX = 136;
/** Inside a hypervisor, around its guests. */
export const PADDING_PX = 16;

/** A box or a hypervisor with its guests, placed from its own corner. */
interface Block {
  readonly rank: number;
  readonly width: number;
  readonly height: number;
  /** By number of the box. */
  readonly frames: ReadonlyMap<number, BoxFrame>;
}

/** The layout of a plan in columns. */
export function plainLayout(plan: Plan): PictureLayout {
  const guests = groupBy(plan.boxes.keys(), (number) => plan.boxes[number]?.on ?? null);
  const blocks = (guests.get(null) ?? []).map((number): Block => {
    const box = plan.boxes[number] as PlanBox;
    return box.kind === 'hypervisor' ? hypervisorBlock(plan, number, guests.get(box.node) ?? []) : boxBlock(box, number);
  });
  const { frames } = inColumns(blocks);
  const placed = plan.boxes.map((_, number): BoxFrame => {
    const { x, y, width, height } = frames.get(number) ?? { x: 0, y: 0, width: 0, height: 0 };
    return { x: x + MARGIN_PX, y: y + MARGIN_PX, width, height };
  });
  return layoutOf(plan, 'plain', placed, new Map());
}

function boxBlock({ rank, width, height }: PlanBox, number: number): Block {
  return { rank, width, height, frames: new Map([[number, { x: 0, y: 0, width, height }]]) };
}

function hypervisorBlock({ boxes }: Plan, number: number, guests: readonly number[]): Block {
  const own = boxes[number] as PlanBox;
  const inside = inColumns(guests.map((guest) => boxBlock(boxes[guest] as PlanBox, guest)));
  const width = Math.max(own.width, inside.width + 2 * PADDING_PX);
  const height = HEADER_PX + inside.height + PADDING_PX;
  const frames = new Map<number, BoxFrame>([[number, { x: 0, y: 0, width, height }]]);
  for (const [guest, frame] of inside.frames) frames.set(guest, { ...frame, x: frame.x + PADDING_PX, y: frame.y + HEADER_PX });
  const rank = Math.min(own.rank + boxes.length, ...guests.map((guest) => boxes[guest]?.rank ?? 0));
  return { rank: guests.length === 0 ? own.rank : rank, width, height, frames };
}

/** Blocks of equal rank below each other, columns side by side and in the middle of the tallest. */
function inColumns(blocks: readonly Block[]): Omit<Block, 'rank'> {
  const columns = [...groupBy(blocks, ({ rank }) => rank)].sort(([a], [b]) => a - b).map(([, column]) => column);
  const tall = (column: readonly Block[]): number =>
    column.reduce((sum, { height }) => sum + height, 0) + ROW_GAP_PX * Math.max(0, column.length - 1);
  const height = Math.max(0, ...columns.map(tall));
  const frames = new Map<number, BoxFrame>();
  let x = 0;
  for (const column of columns) {
    let y = Math.round((height - tall(column)) / 2);
    for (const block of column) {
      for (const [number, frame] of block.frames) frames.set(number, { ...frame, x: frame.x + x, y: frame.y + y });
      y += block.height + ROW_GAP_PX;
    }
    x += Math.max(...column.map(({ width }) => width)) + COLUMN_GAP_PX;
  }
  return { width: Math.max(0, x - COLUMN_GAP_PX), height, frames };
}
