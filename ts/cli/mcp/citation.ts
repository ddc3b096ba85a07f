/** Whether the record says what somebody claims that it says. */
import { asDamage } from '../../log/checks.ts';
import type { EventLog, LogRecord } from '../../log/event-log.ts';
import { toHex } from '../../model/events/chain.ts';
import { decodeBody } from '../../model/events/codec.ts';
import type { LabEvent, Position } from '../../model/events/events.ts';
import { recordAt } from '../../services/engine/record-at.ts';
import { type ChainedEvent, publishChained } from '../../services/publish/publish-event.ts';
import { canonicalJson } from '../../values/canonical-json.ts';

/** What is claimed of an event; what is left out is not claimed. */
export interface Claim {
  readonly position: Position;
  readonly type?: string;
  /** Hex. */
  readonly chain?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
  /** An event that the chain of causes leads to. */
  readonly causedBy?: Position;
}

export interface Citation {
  readonly confirmed: boolean;
  /** Each part of the claim that is false, and what the record says instead. */
  readonly refused: readonly string[];
  readonly event: ChainedEvent;
  /** Positions from the event back to what began it, nearest first. */
  readonly causes: readonly Position[];
}

/** @throws RangeError for a position that the lab does not have; LogDamaged */
export async function checkClaim(log: EventLog, lab: string, claim: Claim): Promise<Citation> {
  const record = await recordAt(log, lab, claim.position);
  if (record === null) throw new RangeError(`refused: lab ${lab} has no position ${claim.position}`);
  const event = decoded(lab, record);
  const causes = await causesOf(log, lab, event);
  const published = publishChained(event, record.chain);
  const refused = [
    ...typeFault(event, claim),
    ...chainFault(toHex(record.chain), claim),
    ...fieldFaults(published.data, claim),
    ...causeFault(causes, claim),
  ];
  return { confirmed: refused.length === 0, refused, event: published, causes };
}

function typeFault({ position, type }: LabEvent, { type: claimed }: Claim): string[] {
  return claimed === undefined || claimed === type ? [] : [`#${position} is ${type}, not ${claimed}`];
}

function chainFault(recorded: string, { position, chain }: Claim): string[] {
  return chain === undefined || chain === recorded ? [] : [`the chain at #${position} is ${recorded}, not ${chain}`];
}

function fieldFaults(data: unknown, { position, fields = {} }: Claim): string[] {
  const recorded = new Map(Object.entries(data as object));
  return Object.entries(fields).flatMap(([name, value]) => {
    if (!recorded.has(name)) return [`#${position} has no field ${name}; it has ${[...recorded.keys()].join(', ')}`];
    const [is, claimed] = [canonicalJson(recorded.get(name)), canonicalJson(value)];
    return is === claimed ? [] : [`${name} of #${position} is ${is}, not ${claimed}`];
  });
}

function causeFault(causes: readonly Position[], { position, causedBy }: Claim): string[] {
  if (causedBy === undefined || causes.includes(causedBy)) return [];
  const led = causes.length === 0 ? 'nothing: it is where a chain begins' : causes.map((cause) => `#${cause}`).join(' ← ');
  return [`the causes of #${position} are ${led}; #${causedBy} is not among them`];
}

/** The way back, at most as long as the lab: a cause comes before what it causes. */
async function causesOf(log: EventLog, lab: string, { position, cause }: LabEvent): Promise<readonly Position[]> {
  const causes: Position[] = [];
  let [at, next] = [position, cause];
  while (next > 0 && next < at) {
    causes.push(next);
    const record = await recordAt(log, lab, next);
    at = next;
    next = record === null ? 0 : decoded(lab, record).cause;
  }
  return causes;
}

function decoded(lab: string, { position, body }: LogRecord): LabEvent {
  try {
    return decodeBody(body);
  } catch (error) {
    throw asDamage(lab, position, error);
  }
}
