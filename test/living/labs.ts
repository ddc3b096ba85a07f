/** Living labs for tests: services over one shared log, as several processes would stand around it. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, LogRecord } from '../../ts/log/event-log.ts';
import { MemoryStore, openMemoryLog } from '../../ts/log/memory.ts';
import { createMemorySnapshots } from '../../ts/log/memory-snapshots.ts';
import { toHex } from '../../ts/model/events/chain.ts';
import type { LabRequest } from '../../ts/model/events/codec-command.ts';
import type { LabFile } from '../../ts/model/lab/lab-file.ts';
import { createEmbeddedService } from '../../ts/services/living/embedded-service.ts';
import { type AskOptions, ask, type CommandOutcome } from '../../ts/services/living/lab-commands.ts';
import type { LabService } from '../../ts/services/living/lab-service.ts';
import { readLabFile } from '../../ts/topology/read-lab-file.ts';
import { canonicalJson } from '../../ts/values/canonical-json.ts';
import { HANGS_MS } from '../support/hangs.ts';

/** A log to which nothing was appended for so long stands still, however busy the machine is. */
const STILL_MS = 20_000;

export function labFile(name: string): LabFile {
  const path = `labs/${name}.lab.yml`;
  return labText(readFileSync(path, 'utf8'), path);
}

/** A lab file that a test writes itself. */
export function labText(text: string, path = 'test.lab.yml'): LabFile {
  const read = readLabFile(text, path);
  if (!read.ok) throw new Error(`${path} is invalid`);
  return read.file;
}

/** A lab in which nobody has the address that so many frames a second are for: they die at a:eth0, and every virtual second records it. */
export function losingLab(framesPerSecond: number): LabFile {
  return labText(`
name: losing
topology:
  nodes:
    a: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.1/24, mtu: 9000 } } }
    b: { kind: host, interfaces: { eth0: { ipv4: 10.0.0.2/24 } } }
  links: [ { endpoints: ["a:eth0", "b:eth0"] } ]
flows: { dying: { from: a:eth0, to: 10.0.0.2, rate: ${framesPerSecond}, size: 9000 } }
duration: 10s
`);
}

export function deploy(file: LabFile, pacePermille = 0, replace = false): LabRequest {
  return { verb: 'deploy', definition: canonicalJson(file.lab), pacePermille, replace };
}

/** The same log, but appending is another matter. */
export function withAppend(log: EventLog, append: EventLog['append']): EventLog {
  return {
    append,
    read: (...range) => log.read(...range),
    head: (lab) => log.head(lab),
    labs: () => log.labs(),
    follow: (...range) => log.follow(...range),
    watch: (...lab) => log.watch(...lab),
    remove: (lab) => log.remove(lab),
    close: () => log.close(),
  };
}

export class Living {
  readonly store = new MemoryStore();
  readonly snapshots = createMemorySnapshots();
  readonly log = openMemoryLog(this.store);
  readonly #services: LabService[] = [];

  /** A service as a process of its own would have it. `over` stands between it and the log. */
  async service(adopts = true, over: (log: EventLog) => EventLog = (log) => log): Promise<LabService> {
    const log = over(openMemoryLog(this.store));
    const service = await createEmbeddedService({ log, snapshots: this.snapshots, workers: 1, adopts, snapshotAfterMs: 0 });
    this.#services.push(service);
    return service;
  }

  execute(service: LabService, lab: string, text: string, options: AskOptions = {}): Promise<CommandOutcome> {
    return ask(service, lab, { verb: 'execute', text }, { timeoutMs: HANGS_MS, ...options });
  }

  /**
   * What work on a lab comes to.
   * @throws Error when the lab's log stands still meanwhile: then nobody works on the lab, and nothing is worth waiting for.
   */
  async unlessStill<T>(lab: string, work: Promise<T>): Promise<T> {
    const isOver = new AbortController();
    try {
      return await Promise.race([work, this.#still(lab, isOver.signal)]);
    } finally {
      isOver.abort();
    }
  }

  async #still(lab: string, over: AbortSignal): Promise<never> {
    let before = -1;
    for (;;) {
      const position = (await this.log.head(lab))?.position ?? 0;
      if (position === before) throw new Error(`the log of lab ${lab} stands still at ${position}, and the work on it is not done`);
      before = position;
      await sleep(STILL_MS, undefined, { signal: over });
    }
  }

  async records(lab: string): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    for await (const batch of this.log.read(lab)) records.push(...batch);
    return records;
  }

  async chain(lab: string): Promise<string> {
    return toHex((await this.log.head(lab))?.chain ?? new Uint8Array());
  }

  async close(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.close()));
  }
}
