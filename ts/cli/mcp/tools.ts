/**
 * The tools of `switchback mcp`: what each does and what may be asked. Few, because every one costs a model attention.
 *
 * Answers are those of the commands of the same name with -f json; `switchback schema NAME` prints their schemas.
 */
import { chain, closed, list, ns, orNull, position, type Schema, text } from '../../schemas/values.ts';

/** Events in one answer of `events`. */
export const EVENTS_MAX = 200;
/** An answer beyond this is refused, characters of JSON: it would fill what a model can hold. */
export const ANSWER_CHARACTERS_MAX = 400_000;

export interface Tool {
  readonly title: string;
  readonly description: string;
  readonly input: Schema;
}

const lab: Schema = { ...text, description: 'Name of a recorded lab.' };
const moment = (description: string): Schema => ({
  ...text,
  description: `${description} A position such as "98", or a virtual time such as "12.5s"; the end of the lab where it is left out.`,
});
const texts = (description: string): Schema => ({ ...list(text), maxItems: 100, description });

export const TOOLS = {
  labs: {
    title: 'Recorded labs',
    description:
      'Lists the recorded labs: where each ends, its nodes and its flows. Begin here; "state" tells how many frames each flow lost.',
    input: closed({}),
  },
  events: {
    title: 'Events of a lab',
    description:
      `Reads events in the order in which they were decided, at most ${EVENTS_MAX}; "next" says where to go on. An event's "cause" is the ` +
      'position of the event that led to it.',
    input: closed(
      {
        lab,
        from: moment('First event.'),
        to: moment('Last event.'),
        types: texts('Only these types of events, such as HaStateChanged.'),
        nodes: texts('Only events at these nodes.'),
        where: { ...text, description: 'Only events with these values of fields, such as "node: fw2, to: active".' },
      },
      ['from', 'to', 'types', 'nodes', 'where'],
    ),
  },
  state: {
    title: 'State of a lab at a moment',
    description:
      'Gives the whole state at a moment: nodes, interfaces, neighbours, HA roles, policies, and by re-execution tables, flows and counters.',
    input: closed({ lab, at: moment('The moment.') }, ['at']),
  },
  explain: {
    title: 'Why it happened',
    description:
      'Explains the losses of a flow, an event, a frame, or why an expectation holds or fails; ask for exactly one of them. Each cause ' +
      'names its event; "necessary" was proven by running the lab again without it.',
    input: closed(
      {
        lab,
        flow: { ...text, description: 'Name of a flow: why it lost frames.' },
        event: { ...position, minimum: 1, description: 'Position of an event, such as a drop: why it happened.' },
        frame: {
          ...text,
          description: 'What became of a frame: fw1:eth1@12.5s is the first one seen there from then on, fw1:eth1#3 the third.',
        },
        why: {
          ...text,
          description: 'An expectation as in "validate": "neighbour: { node: client, ip: 10.0.1.1 }, mac: fw2:eth1".',
        },
        at: moment('Only with "why": the moment.'),
      },
      ['flow', 'event', 'frame', 'why', 'at'],
    ),
  },
  mac: {
    title: 'Life of a MAC address',
    description: 'Tells who had a MAC address, when and why, who still believed in it, and how many frames went astray meanwhile.',
    input: closed({ lab, address: { ...text, description: 'MAC address, such as 00:50:56:aa:00:01.' } }),
  },
  diff: {
    title: 'Two moments or labs side by side',
    description: 'Compares a lab at two moments, or two labs: state, events, flows, and the first event in which they differ.',
    input: closed(
      {
        lab,
        at: moment('Moment of the first.'),
        with: { ...lab, description: 'The other lab; the same one where it is left out.' },
        withAt: moment('Moment of the other.'),
      },
      ['at', 'with', 'withAt'],
    ),
  },
  fork: {
    title: 'Try a change in the past',
    description:
      'Runs the lab again from a moment with a change, in memory, and tells what came out differently: flows lost and gained, events, state.',
    input: closed(
      {
        lab,
        at: moment('From here on the change applies.'),
        run: texts('Commands to give at the moment, such as "set sw arp-inspection off".'),
        set: texts('Properties of the file, such as "sw.arp-inspection=off".'),
        without: texts('Recorded steps or commands to leave out.'),
      },
      ['at', 'run', 'set', 'without'],
    ),
  },
  cite: {
    title: 'Check a citation',
    description:
      'Confirms that the record says what you are about to claim, or refuses with what it says instead. Check every event that you name.',
    input: closed(
      {
        lab,
        position: { ...position, minimum: 1 },
        type: { ...text, description: 'Type of the event there.' },
        chain: { ...chain, description: 'The chain as an answer gave it for this position.' },
        fields: { type: 'object', description: 'Fields of the event and their values, such as { "node": "fw2", "to": "active" }.' },
        causedBy: { ...position, minimum: 1, description: 'Position of an earlier event that its chain of causes leads to.' },
      },
      ['type', 'chain', 'fields', 'causedBy'],
    ),
  },
} as const satisfies Readonly<Record<string, Tool>>;

export type ToolName = keyof typeof TOOLS;

/** What every tool but `labs` answers with. */
export const ANSWER: Schema = closed({
  lab: text,
  position: { ...position, description: 'The last event that the answer takes into account.' },
  chain: { ...chain, description: 'SHA-256 chain of the lab at this position: it stands for the whole history up to there.' },
  answer: { type: 'object', description: 'As the command of this name prints it with -f json.' },
});

export const LABS_ANSWER: Schema = closed({
  labs: list(
    closed({
      lab: text,
      position: { ...position, description: 'Where the lab ends.' },
      chain: { ...text, description: 'SHA-256 chain of the lab at its end; empty for a damaged lab.' },
      virtualTimeNs: ns,
      nodes: list(closed({ name: text, kind: text })),
      flows: list(text),
      damage: { ...orNull(text), description: 'What is wrong with a damaged lab.' },
    }),
  ),
});
