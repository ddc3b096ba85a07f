/**
 * A cell: some controllers that share labs over one broker, and people who change these labs. Cells have topics of their own, so several
 * can live on one broker and be disturbed side by side: a controller that died is missed only after seconds.
 */

import type { LogRecord } from '../../ts/log/event-log.ts';
import { connectKafka, openMirror } from '../../ts/log/kafka/index.ts';
import { openMemoryLog } from '../../ts/log/memory.ts';
import { canHaveKafka } from '../kafka-jars.ts';
import type { Tally } from './campaign.ts';
import { Fleet } from './fleet.ts';
import { kill } from './kill-serve.ts';
import { discard, scratch } from './processes.ts';
import { Server } from './server.ts';
import { recordsOf } from './work.ts';

const PARTITIONS = '4';

export interface CellOptions {
  readonly seed: number;
  /** Prefix of the topics and of the labs. */
  readonly name: string;
  readonly broker: string;
  readonly controllers: number;
  readonly labs: number;
  readonly tally: Tally;
  readonly callMs: number;
}

export class Cell {
  readonly fleet: Fleet;
  readonly servers: Server[];
  /** Those that nobody asks at the moment, because they do not answer. */
  readonly away = new Set<Server>();
  readonly #options: CellOptions;
  readonly #folders: readonly string[];

  private constructor(options: CellOptions, servers: Server[], folders: readonly string[]) {
    this.#options = options;
    this.servers = servers;
    this.#folders = folders;
    const labs = Array.from({ length: options.labs }, (_, index) => `${options.name}-${index + 1}`);
    const reachable = () => this.servers.filter((server) => !this.away.has(server));
    this.fleet = new Fleet({ ...options, labs, servers: reachable });
  }

  /** Starts it; resolves when all of its labs have answered. */
  static async start(options: CellOptions): Promise<Cell> {
    const { broker, name, controllers } = options;
    const folders = Array.from({ length: controllers }, () => scratch());
    const servers: Server[] = [];
    for (const folder of folders) {
      const server = await Server.start(['--data', folder, '--kafka', broker, '--prefix', name, '--partitions', PARTITIONS]);
      await server.ready();
      servers.push(server);
    }
    const cell = new Cell(options, servers, folders);
    if (!(await cell.fleet.recovered(0))) throw new Error(`the labs of ${name} did not begin: ${options.tally.faults.join('\n')}`);
    return cell;
  }

  /** A server in place of one that died, on what it left. */
  async replace(dead: Server): Promise<void> {
    const server = await dead.again();
    await server.ready();
    this.servers[this.servers.indexOf(dead)] = server;
    this.away.delete(dead);
  }

  /** Ends the work and compares what the broker has with what was acknowledged. */
  async end(): Promise<void> {
    const { tally, name } = this.#options;
    await this.fleet.end();
    for (const server of this.servers) {
      if (!(await server.stop())) tally.fault(name, `SIGTERM did not end a server in good order: ${server.running.stderr}`);
      await kill(server, tally);
    }
    await this.#check();
    for (const folder of this.#folders) discard(folder);
  }

  /** What somebody reads who has only the broker. */
  async #check(): Promise<void> {
    const { tally, name, broker } = this.#options;
    const connection = await connectKafka({ brokers: [broker], prefix: name });
    const log = openMemoryLog();
    const mirror = await openMirror(connection, { target: log });
    try {
      await mirror.caughtUp();
      await this.fleet.check((lab): Promise<readonly LogRecord[]> => recordsOf(log, lab));
      for (const trouble of mirror.troubles()) tally.fault(name, `the mirror reports ${JSON.stringify(trouble)}`);
    } finally {
      await mirror.close();
      await connection.close();
    }
  }
}

/** Shares attempts 1 to `count` among cells; each cell takes the next when it is done with one. */
export async function shareOut(
  cells: readonly Cell[],
  count: number,
  attempt: (cell: Cell, number: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const work = async (cell: Cell): Promise<void> => {
    while (next < count) await attempt(cell, ++next);
  };
  await Promise.all(cells.map(work));
}

export function missingKafka(): string | null {
  return canHaveKafka() ? null : 'needs Java 17 and Maven (apt-get install openjdk-17-jre-headless maven)';
}
