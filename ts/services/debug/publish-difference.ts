/** What differs between two labs, the report of a fork, and the event that bisect found, as they are printed and sent. */
import type { LabEvent } from '../../model/events/events.ts';
import { publishEvent } from '../publish/publish-event.ts';
import type { BisectedLab } from './bisect-lab.ts';
import type { LabsDiffer } from './diff-labs.ts';
import type { ForkReport } from './fork-lab.ts';

export function publishDifference({ events, ...rest }: LabsDiffer) {
  return {
    ...rest,
    firstDivergence: events.first === null ? null : { a: eventOrNull(events.first.a), b: eventOrNull(events.first.b) },
    events: {
      compared: events.compared,
      onlyA: events.onlyA.map(publishEvent),
      onlyB: events.onlyB.map(publishEvent),
      moved: events.moved.map(({ a, b }) => ({ a: publishEvent(a), b: publishEvent(b) })),
    },
  };
}

export function publishFork({ difference, ...rest }: ForkReport) {
  return { ...rest, difference: publishDifference(difference) };
}

export function publishBisected(found: BisectedLab) {
  return { ...found, event: eventOrNull(found.event) };
}

function eventOrNull(event: LabEvent | null) {
  return event === null ? null : publishEvent(event);
}
