/**
 * A part that is drawn again only when what it shows has become another: a cursor that moves changes the time line in each frame, and tables of
 * hundreds of rows shall not be compared for it.
 */
import { Component, type VNode } from 'preact';
import { part } from './h.ts';

interface StillProps {
  readonly key?: string;
  /** Everything that the part shows, compared by identity. */
  readonly of: readonly unknown[];
  readonly draw: () => VNode;
}

class Still extends Component<StillProps> {
  override shouldComponentUpdate({ of }: StillProps): boolean {
    const before = this.props.of;
    return of.length !== before.length || of.some((one, index) => one !== before[index]);
  }

  override render({ draw }: StillProps): VNode {
    return draw();
  }
}

/** @param of everything that `draw` reads. @param key tells it from its neighbours, where they come and go */
export function still(of: readonly unknown[], draw: () => VNode, key = ''): VNode {
  return part(Still, key === '' ? { of, draw } : { of, draw, key });
}
