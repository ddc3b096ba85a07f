/**
 * A lab's history for people: one line per thing worth knowing, in order of time, grouped by the instant.
 *
 * A run of drops has one line, where it begins, with its final count; gratuitous ARPs of one node at one instant share a line;
 * each MAC is followed by the interfaces that use it at that moment.
 */

import type { LabEvent, Position } from '../model/events/events.ts';
import { evolve, initialState, type LabState } from '../model/state/lab-state.ts';
import { formatSeconds } from '../values/nanos.ts';
import { textOf, whoOf } from './describe-event.ts';
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

/** All events of a lab as a time line; `only` picks the positions to show. */
export function timelineText(events: readonly LabEvent[], only?: ReadonlySet<Position>): string {
  const lines = linesOf(events, only ?? null);
  const whoWidth = Math.max(4, ...lines.map(({ who }) => who.length));
  const timeWidth = Math.max(...lines.map(({ atNs }) => formatSeconds(atNs).length), 1);
  const positionWidth = Math.max(...lines.map(({ position }) => String(position).length), 1) + 1;
  const text: string[] = [];
  let beforeNs: number | null = null;
  for (const { atNs, position, who, text: what, tone } of lines) {
    if (beforeNs !== null && atNs - beforeNs > PAUSE_NS) text.push('');
    const time = atNs === beforeNs ? ' '.repeat(timeWidth) : formatSeconds(atNs).padStart(timeWidth);
    beforeNs = atNs;
    const place = paint('dim', `#${position}`.padStart(positionWidth));
    text.push(`${time}  ${place}  ${paint('strong', who.padEnd(whoWidth))}  ${paint(tone, what)}`);
  }
  return text.join('\n');
}

function linesOf(events: readonly LabEvent[], only: ReadonlySet<Position> | null): Line[] {
  const losses = lossesOf(events);
  const state = initialState();
  const lines: Line[] = [];
  const garps = new GarpLines();
  for (const event of events) {
    const before = event.type === 'NeighbourUpdated' ? ownerOf(state, event.data.old) : '';
    evolve(state, event);
    if (SILENT.has(event.type) || isTold(event) || (only !== null && !only.has(event.position))) continue;
    if (event.type === 'GarpSent') garps.add(lines, event);
    else lines.push(lineOf(event, state, before, losses));
  }
  return lines;
}

/** Every change of an HA state has its line in the system log: one of the two is enough. */
function isTold(event: LabEvent): boolean {
  return event.type === 'SystemLog' && event.data.eventId === 'state-change';
}

function lineOf(event: LabEvent, state: LabState, before: string, losses: ReadonlyMap<Position, Loss>): Line {
  const line = (text: string, tone: Tone): Line => ({
    atNs: event.atNs,
    position: event.position,
    who: whoOf(event) || 'lab',
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

function lossesOf(events: readonly LabEvent[]): Map<Position, Loss> {
  const losses = new Map<Position, Loss>();
  for (const event of events) {
    if (event.type === 'FrameDropped') losses.set(event.position, { frames: 1, lastNs: event.atNs });
    const loss = event.type === 'FramesDropped' ? losses.get(event.cause) : undefined;
    if (event.type !== 'FramesDropped' || loss === undefined) continue;
    loss.frames += event.data.count;
    loss.lastNs = event.data.lastNs;
  }
  return losses;
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

  add(lines: Line[], { atNs, position, cause, data }: Extract<LabEvent, { type: 'GarpSent' }>): void {
    if (this.#line?.atNs !== atNs || this.#line.who !== data.node || lines.at(-1) !== this.#line) {
      for (const claim of this.#claims) this.#told.add(claim);
      this.#line = { atNs, position, who: data.node, text: '', tone: 'accent' };
      lines.push(this.#line);
      this.#seqs.clear();
      this.#claims.clear();
    }
    this.#seqs.add(data.seq);
    this.#claims.add(`${data.ip} is at ${data.mac} (${data.interface}) #${cause}`);
    const isRepeated = [...this.#claims].every((claim) => this.#told.has(claim));
    const what = isRepeated ? 'repeated' : [...this.#claims].map((claim) => claim.replace(/ #\d+$/, '')).join(', ');
    this.#line.text = `gratuitous ARP ${[...this.#seqs].join(', ')}: ${what}`;
  }
}
