/**
 * A lab's history for people: one line per thing worth knowing, in order of time, grouped by the instant.
 *
 * A run of drops has one line, where it begins, with its final count; gratuitous ARPs of one node at one instant share a line;
 * each MAC is followed by the interfaces that use it at that moment.
 */

import type { LabEvent, Position } from '../model/events/events.ts';
import { evolve, initialState, type LabState } from '../model/state/lab-state.ts';
import { textOf, whoOf } from '../services/publish/describe-event.ts';
import { formatSeconds } from '../values/nanos.ts';
import { counted, paint, type Tone } from './output.ts';

interface Line {
  readonly atNs: number;
  readonly position: Position;
  readonly who: string;
  text: string;
  readonly tone: Tone;
}

/** How many frames a run of drops lost, and until when. */
interface Loss {
  frames: number;
  lastNs: number;
}

/** Repeated by other lines, or of no interest to people. */
const SILENT: ReadonlySet<LabEvent['type']> = new Set(['TimeAdvanced', 'CommandAccepted', 'FramesDropped', 'InterfaceModeChanged']);

/** A longer pause becomes an empty line. */
const PAUSE_NS = 1_500_000_000;

/** An event, and whether the time line has a line for it; the others are read for who has which MAC, and for what was lost. */
export interface TimelineEvent {
  readonly event: LabEvent;
  readonly isShown: boolean;
}

/** Events as a time line. */
export function timelineText(events: readonly LabEvent[]): string {
  const all = events.map((event): TimelineEvent => ({ event, isShown: true }));
  const survey = new Survey();
  for (const each of all) survey.add(each);
  const teller = new Teller(survey);
  return [...all.flatMap((each) => [...teller.add(each)]), ...teller.end()].join('\n');
}

/**
 * The same in pieces, each of whole lines without the final line end. Reads the events twice: first for what later events say
 * about earlier lines, the final count of a run of drops and the widths of columns. Keeps a run of drops, but no event.
 */
export async function* streamTimeline(read: () => AsyncIterable<TimelineEvent>): AsyncGenerator<string> {
  const survey = new Survey();
  for await (const each of read()) survey.add(each);
  const teller = new Teller(survey);
  for await (const each of read()) yield* teller.add(each);
  yield* teller.end();
}

/** What must be known before the first line is written. */
class Survey {
  readonly losses = new Map<Position, Loss>();
  whoWidth = 4;
  timeWidth = 1;
  positionWidth = 2;

  add({ event, isShown }: TimelineEvent): void {
    if (event.type === 'FrameDropped') this.losses.set(event.position, { frames: 1, lastNs: event.atNs });
    if (event.type === 'FramesDropped') this.#addLoss(event);
    if (!isShown || !hasLine(event)) return;
    this.whoWidth = Math.max(this.whoWidth, placeOf(event).length);
    this.timeWidth = Math.max(this.timeWidth, formatSeconds(event.atNs).length);
    this.positionWidth = Math.max(this.positionWidth, String(event.position).length + 1);
  }

  #addLoss({ cause, data }: Extract<LabEvent, { type: 'FramesDropped' }>): void {
    const loss = this.losses.get(cause);
    if (loss === undefined) return;
    loss.frames += data.count;
    loss.lastNs = data.lastNs;
  }
}

/** Tells lines in order. The last one waits, because the next event may add to it. */
class Teller {
  readonly #survey: Survey;
  readonly #state = initialState();
  readonly #garps = new GarpLines();
  #waiting: Line | null = null;
  #beforeNs: number | null = null;

  constructor(survey: Survey) {
    this.#survey = survey;
  }

  /** The text of lines that are complete now. */
  *add({ event, isShown }: TimelineEvent): Generator<string> {
    const before = event.type === 'NeighbourUpdated' ? ownerOf(this.#state, event.data.old) : '';
    evolve(this.#state, event);
    if (!isShown || !hasLine(event)) return;
    const line = event.type === 'GarpSent' ? this.#garps.add(this.#waiting, event) : this.#lineOf(event, before);
    if (line === this.#waiting) return;
    yield* this.end();
    this.#waiting = line;
  }

  /** The text of the line that waits. */
  *end(): Generator<string> {
    if (this.#waiting === null) return;
    const { atNs, position, who, text, tone } = this.#waiting;
    this.#waiting = null;
    if (this.#beforeNs !== null && atNs - this.#beforeNs > PAUSE_NS) yield '';
    const { timeWidth, positionWidth, whoWidth } = this.#survey;
    const time = atNs === this.#beforeNs ? ' '.repeat(timeWidth) : formatSeconds(atNs).padStart(timeWidth);
    this.#beforeNs = atNs;
    const place = paint('dim', `#${position}`.padStart(positionWidth));
    yield `${time}  ${place}  ${paint('strong', who.padEnd(whoWidth))}  ${paint(tone, text)}`;
  }

  #lineOf(event: LabEvent, before: string): Line {
    return lineOf(event, this.#state, before, this.#survey.losses);
  }
}

function hasLine(event: LabEvent): boolean {
  return !SILENT.has(event.type) && !isTold(event);
}

/** Where a line's event happened; a gratuitous ARP shares its line with those of the node's other interfaces. */
function placeOf(event: LabEvent): string {
  return (event.type === 'GarpSent' ? event.data.node : whoOf(event)) || 'lab';
}

/** Every change of an HA state has its line in the system log: one of the two is enough. */
function isTold(event: LabEvent): boolean {
  return event.type === 'SystemLog' && event.data.eventId === 'state-change';
}

function lineOf(event: LabEvent, state: LabState, before: string, losses: ReadonlyMap<Position, Loss>): Line {
  const line = (text: string, tone: Tone): Line => ({
    atNs: event.atNs,
    position: event.position,
    who: placeOf(event),
    text,
    tone,
  });
  switch (event.type) {
    case 'LabDefined':
      return line(`begins: ${textOf(event)}`, 'strong');
    case 'CommandReceived':
      return line(`> ${event.data.command}`, 'accent');
    case 'CommandRefused':
      return line(`refused: ${textOf(event)}`, 'bad');
    case 'NodePowerChanged':
      return line(event.data.power, event.data.power === 'running' ? 'good' : 'bad');
    case 'HaStateChanged':
      return line(textOf(event), event.data.to === 'active' ? 'good' : 'plain');
    case 'HaPeerLost':
      return line(textOf(event), 'warn');
    case 'NeighbourUpdated': {
      const { ip, old, new: now } = event.data;
      if (old === '') return line(`learns ${ip} at ${now}${ownerOf(state, now)}`, 'plain');
      if (now === '') return line(`forgets ${ip}, which was at ${old}${before}`, 'warn');
      return line(`${ip} moves from ${old}${before} to ${now}${ownerOf(state, now)}, learned from #${event.cause}`, 'good');
    }
    case 'FrameDropped':
      return line(lossText(event, losses.get(event.position)), 'bad');
    default:
      return line(textOf(event), 'plain');
  }
}

function lossText(event: Extract<LabEvent, { type: 'FrameDropped' }>, loss: Loss | undefined): string {
  const { reason, dst } = event.data;
  const frames = loss?.frames ?? 1;
  const until = loss === undefined || loss.lastNs === event.atNs ? '' : ` until ${formatSeconds(loss.lastNs)} s`;
  const first = dst === '' ? '' : `; first destination ${dst}`;
  return `drops ${counted(frames, 'frame')}${until}: ${reason}, cause #${event.cause}${first}`;
}

/** " (fw1:eth1)": who uses a MAC at this moment. */
function ownerOf(state: LabState, mac: string): string {
  const owners = Object.keys(state.interfaces).filter((endpoint) => mac !== '' && state.interfaces[endpoint]?.usedMac === mac);
  return owners.length === 0 ? '' : ` (${owners.join(', ')})`;
}

/** Gratuitous ARPs of one node at one instant in one line; addresses are spelt out once per burst. */
class GarpLines {
  #line: Line | null = null;
  readonly #seqs = new Set<number>();
  readonly #claims = new Set<string>();
  readonly #told = new Set<string>();

  /** The line of a gratuitous ARP: the last one if that may have it too, else a new one. */
  add(last: Line | null, { atNs, position, cause, data }: Extract<LabEvent, { type: 'GarpSent' }>): Line {
    if (this.#line === null || this.#line.atNs !== atNs || this.#line.who !== data.node || last !== this.#line) {
      for (const claim of this.#claims) this.#told.add(claim);
      this.#line = { atNs, position, who: data.node, text: '', tone: 'accent' };
      this.#seqs.clear();
      this.#claims.clear();
    }
    this.#seqs.add(data.seq);
    this.#claims.add(`${data.ip} is at ${data.mac} (${data.interface}) #${cause}`);
    const isRepeated = [...this.#claims].every((claim) => this.#told.has(claim));
    const what = isRepeated ? 'repeated' : [...this.#claims].map((claim) => claim.replace(/ #\d+$/, '')).join(', ');
    this.#line.text = `gratuitous ARP ${[...this.#seqs].join(', ')}: ${what}`;
    return this.#line;
  }
}
