/**
 * A log that lets others be served between two batches. Stores in this process answer at once, so that reading a long history
 * would otherwise be one piece of work, and everybody else would wait for it.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { asDamage } from '../log/checks.ts';
import type { EventLog, LogRecord } from '../log/event-log.ts';
import { decodeBody } from '../model/events/codec.ts';
import type { LabEvent, Position } from '../model/events/events.ts';

export function politeLog(log: EventLog): EventLog {
  return {
    append: (lab, expected, records) => log.append(lab, expected, records),
    read: (lab, from, to) => readPolitely(log, lab, from, to),
    head: (lab) => log.head(lab),
    labs: () => log.labs(),
    follow: (lab, from, signal) => log.follow(lab, from, signal),
    watch: (lab, signal) => log.watch(lab, signal),
    remove: (lab) => log.remove(lab),
    close: () => log.close(),
  };
}

async function* readPolitely(log: EventLog, lab: string, from?: Position, to?: Position): AsyncGenerator<readonly LogRecord[]> {
  for await (const batch of log.read(lab, from, to)) {
    yield batch;
    await breathe();
  }
}

/** @throws LogDamaged */
export function decodeStored(lab: string, record: LogRecord): LabEvent {
  try {
    return decodeBody(record.body);
  } catch (error) {
    throw asDamage(lab, record.position, error);
  }
}
