/** A fork in a worker: the past of a lab with a change, played to its end, and what came out differently (ts/debug/fork.ts, diff.ts). */
import { courseOf } from '../../debug/course.ts';
import { diffSides, type FlowDiffers, type Side } from '../../debug/diff.ts';
import { forkCourse } from '../../debug/fork.ts';
import { type NewEngine, Rerun } from '../../debug/rerun.ts';
import { readSetting } from '../../debug/settings.ts';
import { readDerived } from '../../engine/derived.ts';
import { readDropRuns } from '../../engine/drop-counts.ts';
import { readMoves } from '../../engine/move-counts.ts';
import { toHex } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LabEvent } from '../../model/events/events.ts';
import type { LogRecord } from '../../model/events/record.ts';
import { evolve, initialState } from '../../model/state/lab-state.ts';
import { publishState } from '../../services/publish/publish-state.ts';
import type { FlowCounts, ForkAsked, ForkTold } from '../ask/do-questions.ts';
import type { EventRow } from '../ask/event-row.ts';
import { writeLink } from '../link/link-text.ts';
import { linkedLab } from '../link/linked-lab.ts';
import { packed } from '../link/packed.ts';
import { eventRow } from './event-row.ts';

/** Events of one kind in an answer: a list that nobody reads to its end. */
const ROWS_MAX = 100;

/** What is forked. */
interface Original {
  readonly lab: string;
  readonly records: readonly LogRecord[];
}

/**
 * Plays the fork behind an event, or with position 0 where the first step that is left out was.
 * @throws RangeError for a change that cannot be made there, in a sentence
 */
export async function fork({ lab, records }: Original, asked: ForkAsked, newEngine: NewEngine): Promise<ForkTold> {
  const original = courseOf(records);
  const record = records[asked.position - 1];
  const at = record === undefined ? null : { event: decodeBody(record.body) };
  const { run, without } = asked;
  const { course, changes, atNs, openLoop } = forkCourse(original, { at, run, without, set: asked.set.map(readSetting) });
  const [before, after] = [new Rerun(newEngine, original).play(), new Rerun(newEngine, course).play()];
  const name = `${lab}-fork`;
  const { same, events, flows, definition, recorded, derived } = diffSides(sideOf(before), sideOf(after));
  const forked = after.decided.map(({ event, body, chain, commandId }): LogRecord => {
    return { position: event.position, body, chain, recordedAtMs: 0, commandId, checkpoint: null, settled: true };
  });
  return {
    lab: name,
    atNs,
    changes,
    outside: openLoop.frames,
    positions: forked.length,
    chain: toHex(after.engine.chain),
    same,
    first: events.first === null ? null : { a: rowOrNull(events.first.a), b: rowOrNull(events.first.b) },
    flows: flows.map(flowTold),
    events: { onlyA: events.onlyA.length, onlyB: events.onlyB.length, moved: events.moved.length },
    onlyA: events.onlyA.slice(0, ROWS_MAX).map(eventRow),
    onlyB: events.onlyB.slice(0, ROWS_MAX).map(eventRow),
    values: definition.length + recorded.length + derived.length,
    original: await packed(lab, records),
    fork: await packed(name, forked),
    code: await writeLink(linkedLab(name, forked)),
  };
}

function sideOf({ course: { lab }, decided, engine }: Rerun): Side {
  const state = initialState();
  const events = decided.map(({ event }) => event);
  for (const event of events) evolve(state, event);
  // Counts that are not on record yet: the engine has them.
  state.drops = readDropRuns(engine);
  state.moves = readMoves(engine);
  return { lab: state.lab ?? lab, events, recorded: publishState(state), derived: readDerived(engine) };
}

function flowTold({ name, a, b, lost, gained }: FlowDiffers): ForkTold['flows'][number] {
  return { name, a: countsOf(a), b: countsOf(b), lost, gained };
}

function countsOf(flow: FlowDiffers['a']): FlowCounts | null {
  return flow === null ? null : { sent: flow.sent, received: flow.received, lost: flow.lost };
}

function rowOrNull(event: LabEvent | null): EventRow | null {
  return event === null ? null : eventRow(event);
}
