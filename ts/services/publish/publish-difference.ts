/** What differs between two labs, and the report of a fork, as they are printed and sent. */
import type { LabEvent } from '../../model/events/events.ts';
import type { LabsDiffer } from '../ask/diff-labs.ts';
import type { ForkReport } from '../ask/fork-lab.ts';
import { publishEvent } from './publish-event.ts';

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

function eventOrNull(event: LabEvent | null) {
  return event === null ? null : publishEvent(event);
}
