/** Steps of the cursor from event to event, along what somebody looks for. Where nothing more comes, the cursor stays. */
import { MARK } from '../ask/questions.ts';
import { laneIn, type PageState } from './page-state.ts';
import { nextWhere } from './positions.ts';

/** The page, as far as its cursor steps. */
interface SteppedPage {
  readonly state: PageState;
  readonly moveTo: (position: number) => void;
}

/** 1 for later, -1 for earlier. */
type Direction = 1 | -1;

/** To the next event of the selected node; of any without one. */
export function stepOfSelected(page: SteppedPage, direction: Direction): void {
  const lane = laneIn(page.state, page.state.selected);
  const lanes = page.state.lab?.events.lane;
  stepWhere(page, direction, (position) => lane <= 0 || lanes?.[position - 1] === lane);
}

/** To the next frame that dies. */
export function stepToDrop(page: SteppedPage, direction: Direction): void {
  const marks = page.state.lab?.events.mark;
  stepWhere(page, direction, (position) => marks?.[position - 1] === MARK.drop);
}

function stepWhere(page: SteppedPage, direction: Direction, holds: (position: number) => boolean): void {
  const position = nextWhere(page.state.cursor, direction, page.state.lab?.positions ?? 0, holds);
  if (position !== null) page.moveTo(position);
}
