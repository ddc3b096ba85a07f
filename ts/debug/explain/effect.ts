/**
 * What a rerun is asked for: something that happened so often in a time. Positions differ in every rerun, so an effect is found again by
 * what it says: place, addresses, reason.
 */
import { readLosses } from '../../engine/derived-cores.ts';
import { readDrops } from '../../engine/drop-counts.ts';
import type { LabEvent } from '../../model/events/events.ts';
import type { Endpoint } from '../../model/lab/endpoint.ts';
import type { Rerun } from '../rerun.ts';
import type { FlowLoss } from './flow-losses.ts';

export interface Effect {
  /** What tells it from other effects of the same lab. */
  readonly key: string;
  /** The time in which it is looked for, both ends in it, ns. */
  readonly fromNs: number;
  readonly toNs: number;
  /** How often it had happened by the moment at which a rerun stands, from its beginning or the lab's. */
  readonly countIn: (rerun: Rerun) => number;
}

/** Drops of other frames of a flow, and the same event of a rerun, come a little earlier or later. */
const WINDOW_NS = 1e9;

/** The frames that a flow lost at one place for one reason. @param flow its number */
export function lossEffect({ at, reason, fromNs, toNs }: FlowLoss, flow: number): Effect {
  const countIn = ({ engine }: Rerun): number => {
    if (engine.position === 0) return 0;
    return readLosses(engine, flow).find((one) => one.interface === at && one.reason === reason)?.frames ?? 0;
  };
  return { key: `loss ${at} ${reason} ${fromNs} ${toNs}`, fromNs, toNs, countIn };
}

/** Frames of any kind that died at one place for one reason, within a second of a time. */
export function dropEffect(at: Endpoint, reason: string, atNs: number): Effect {
  const countIn = ({ engine }: Rerun): number => {
    if (engine.position === 0) return 0;
    return readDrops(engine).find((one) => one.at === at && one.reason === reason)?.frames ?? 0;
  };
  return { key: `drop ${at} ${reason} ${atNs}`, ...around(atNs), countIn };
}

/** An event, within a second of its time: of a drop the frames that died there, of any other event those that say the same. */
export function eventEffect(event: LabEvent): Effect {
  if (event.type === 'FrameDropped' || event.type === 'FramesDropped') {
    const { node, interface: name, reason } = event.data;
    return dropEffect(node === '' ? '' : `${node}:${name}`, reason, event.atNs);
  }
  const said = saying(event);
  const countIn = ({ decided }: Rerun): number => decided.filter((one) => saying(one.event) === said).length;
  return { key: `event ${said} ${event.atNs}`, ...around(event.atNs), countIn };
}

function around(atNs: number): Pick<Effect, 'fromNs' | 'toNs'> {
  return { fromNs: Math.max(0, atNs - WINDOW_NS), toNs: atNs + WINDOW_NS };
}

/** An event's type with its names, addresses and settings. Numbers are times, counts and positions, which differ. */
function saying({ type, data }: LabEvent): string {
  return `${type} ${JSON.stringify(data, (_, value: unknown) => (typeof value === 'number' ? undefined : value))}`;
}
