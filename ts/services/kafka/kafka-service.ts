/**
 * Living labs over Kafka: this process mirrors all events, and, as a controller, runs the labs of the partitions that the group
 * assigns to it. The log holds everything about a lab: a controller that gets a partition takes it over (which fences the previous
 * owner), reads it to the end, and continues its labs.
 */
import { BundleDamaged, BundleNewer } from '../../bundle/bundle-errors.ts';
import type { CommandOffset } from '../../log/command-queue.ts';
import type { EventLog } from '../../log/event-log.ts';
import {
  type Controllers,
  connectKafka,
  joinControllers,
  type KafkaConnection,
  type Mirror,
  openCommandSender,
  openMirror,
  openSnapshotSender,
  PartitionWriter,
  type Wait,
} from '../../log/kafka/index.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import type { LabCommand } from '../../model/events/codec-command.ts';
import { EnginePool, HostFailed } from '../engine/pool.ts';
import { Controller } from '../living/controller.ts';
import type { Recorder } from '../living/lab-context.ts';
import { LabEnded, LabExists, NoSuchLab } from '../living/lab-errors.ts';
import type { LabService, ServiceHealth } from '../living/lab-service.ts';
import { CommandProgress } from './command-progress.ts';

export interface KafkaServiceOptions {
  readonly brokers: readonly string[];
  readonly prefix?: string;
  readonly partitions?: number;
  /** The mirror; written by this process alone. The caller closes both, after the service. */
  readonly log: EventLog;
  readonly snapshots: SnapshotStore;
  readonly progressFile?: string;
  readonly roles: readonly ('controller' | 'reader')[];
  readonly workers: number;
  readonly onTrouble?: (text: string) => void;
}

/** Commands of one partition under way at a time; the next ones wait in the topic. */
const PENDING_MAX = 1000;
/** How often the brokers are asked how far behind the mirror is, for readiness, ms. */
const LAG_POLL_MS = 2000;
/** The same problem is reported at most once in this time, ms. */
const REPEAT_MS = 30_000;
const REPEAT_TEXTS_MAX = 1000;
/** A mirror further behind than this many messages is not ready to answer. */
const LAG_READY_MAX = 10_000;

/** Connects, mirrors up to the present, and joins the controllers if that is a role. */
export async function openKafkaService(options: KafkaServiceOptions): Promise<LabService> {
  const { brokers, prefix, partitions, log, snapshots, progressFile } = options;
  const onTrouble = seldom(options.onTrouble ?? (() => undefined));
  const connection = await connectKafka({
    brokers,
    ...(prefix === undefined ? {} : { prefix }),
    ...(partitions === undefined ? {} : { partitions }),
    log: (level, message) => level === 'error' && onTrouble(message),
  });
  const mirror = await openMirror(connection, { target: log, snapshots, ...(progressFile === undefined ? {} : { progressFile }) });
  await mirror.caughtUp();
  const sender = await openCommandSender(connection);
  const reach = watchReach(mirror);
  const control = options.roles.includes('controller') ? await openControl(connection, mirror, options, onTrouble) : null;
  return {
    log,
    snapshots,
    submit: (command) => sender.send(command),
    health: () => healthOf(options, mirror, reach, control),
    close: async () => {
      reach.stop();
      await control?.close();
      await sender.close();
      await mirror.close();
      await connection.close();
    },
  };
}

/** While brokers are away, the same message comes a hundred times a second; it is reported only once in a while. */
function seldom(say: (text: string) => void): (text: string) => void {
  const said = new Map<string, number>();
  return (text) => {
    const nowMs = performance.now();
    if (nowMs - (said.get(text) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return;
    if (said.size > REPEAT_TEXTS_MAX) said.clear();
    said.set(text, nowMs);
    say(text);
  };
}

function healthOf({ roles }: KafkaServiceOptions, mirror: Mirror, reach: Reach, control: Control | null): ServiceHealth {
  const troubles = [...mirror.troubles().map(({ lab, detail }) => `lab ${lab}: ${detail}`), ...reach.troubles()];
  return {
    live: true,
    ready: reach.troubles().length === 0,
    troubles,
    roles,
    gauges: control?.gauges() ?? { labsLoaded: 0, partitionsOwned: 0, commandsTaken: 0, eventsAppended: 0, labsHalted: 0 },
  };
}

// ── How far behind ──────────────────────────────────────────────────────────────────────────────────────────────────

interface Reach {
  troubles(): readonly string[];
  stop(): void;
}

/** Asks the brokers now and then how far behind the mirror is. */
function watchReach(mirror: Mirror): Reach {
  let troubles: readonly string[] = [];
  const poll = async (): Promise<void> => {
    const behind = (await mirror.lag()).filter(({ messages }) => messages > LAG_READY_MAX);
    troubles = behind.map(({ partition, messages }) => `mirror: partition ${partition} is ${messages} messages behind`);
  };
  const timer = setInterval(() => {
    poll().catch((error: unknown) => {
      troubles = [`the brokers do not answer: ${error instanceof Error ? error.message : String(error)}`];
    });
  }, LAG_POLL_MS);
  timer.unref();
  return { troubles: () => troubles, stop: () => clearInterval(timer) };
}

// ── Control ─────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Control {
  gauges(): ServiceHealth['gauges'];
  close(): Promise<void>;
}

/** A partition that is ours. */
interface Owned {
  readonly writer: PartitionWriter;
  readonly progress: CommandProgress;
}

async function openControl(
  connection: KafkaConnection,
  mirror: Mirror,
  { log, snapshots, workers }: KafkaServiceOptions,
  onTrouble: (text: string) => void,
): Promise<Control> {
  const pool = new EnginePool(workers);
  const snapshotSender = await openSnapshotSender(connection);
  const partitions = new OwnedPartitions(connection, mirror);
  const controller = new Controller({
    log,
    snapshots,
    pool,
    recorder: partitions,
    onSnapshot: (snapshot) => snapshotSender.send(snapshot),
  });

  const assigned = async (numbers: readonly number[]): Promise<void> => {
    await Promise.all(numbers.map((number) => partitions.takeOver(number)));
    const labs = (await log.labs()).filter((lab) => numbers.includes(connection.partitionOf(lab)));
    // Finishing a step may take long; commands to other labs need not wait for it.
    void controller.adopt(labs, onTrouble);
  };
  const revoked = (numbers: readonly number[]): void => {
    void controller.discard((lab) => numbers.includes(connection.partitionOf(lab)));
    for (const number of numbers) void partitions.letGo(number).catch(() => undefined);
  };
  const command = async (at: CommandOffset, asked: LabCommand | Error): Promise<void> => {
    const { progress } = partitions.get(at.partition);
    progress.begin(at);
    if (asked instanceof Error) {
      onTrouble(`command at offset ${at.offset} of partition ${at.partition}: ${asked.message}`);
      return partitions.pass(at);
    }
    const done = controller.take(asked, at).catch(async (error: unknown) => {
      if (!isWithoutEffect(error)) throw error;
      onTrouble(`command ${asked.id}: ${error.message}`);
      await partitions.pass(at);
    });
    done.catch((error: unknown) => controllers.restart(at.partition, error));
    if (progress.pending >= PENDING_MAX) await done;
  };
  const controllers: Controllers = joinControllers(connection, { assigned, revoked, command });

  return {
    gauges: () => ({
      labsLoaded: controller.open,
      partitionsOwned: partitions.count,
      commandsTaken: controller.commandsTaken,
      eventsAppended: partitions.eventsAppended,
      labsHalted: controller.labsHalted,
    }),
    close: async () => {
      await controller.close();
      await controllers.close();
      await partitions.close();
      await pool.close();
      await snapshotSender.close();
    },
  };
}

/** The lab can never carry out this command, so the command is finished. */
function isWithoutEffect(error: unknown): error is Error {
  return (
    error instanceof NoSuchLab ||
    error instanceof LabExists ||
    error instanceof LabEnded ||
    error instanceof BundleDamaged ||
    error instanceof BundleNewer ||
    (error instanceof HostFailed && error.failure.type === 'diverged')
  );
}

/** The partitions that are ours, as the recorder of the labs in them. */
class OwnedPartitions implements Recorder {
  readonly #connection: KafkaConnection;
  readonly #mirror: Mirror;
  readonly #owned = new Map<number, Owned>();
  /** Positions that were written but may not be in the mirror yet, by lab. */
  readonly #unseen = new Map<string, Promise<void>>();
  eventsAppended = 0;

  constructor(connection: KafkaConnection, mirror: Mirror) {
    this.#connection = connection;
    this.#mirror = mirror;
  }

  get count(): number {
    return this.#owned.size;
  }

  /** @throws Error when the partition is not ours. */
  get(partition: number): Owned {
    const owned = this.#owned.get(partition);
    if (owned === undefined) throw new Error(`another controller owns partition ${partition} now`);
    return owned;
  }

  /** First the fence, then the reading: what comes after the end that is read now can only be our own. */
  async takeOver(partition: number): Promise<void> {
    await this.letGo(partition);
    const writer = await PartitionWriter.takeOver(this.#connection, partition);
    await this.#mirror.caughtUp(partition);
    this.#owned.set(partition, { writer, progress: new CommandProgress() });
  }

  async letGo(partition: number): Promise<void> {
    const owned = this.#owned.get(partition);
    this.#owned.delete(partition);
    await owned?.writer.close();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#owned.keys()].map((partition) => this.letGo(partition)));
  }

  async append(...[lab, , records, commands]: Parameters<Recorder['append']>): Promise<void> {
    const { writer, progress } = this.#ownerOf(lab);
    const last = records.at(-1);
    if (last === undefined) return;
    const wait = this.#mirror.holds(lab, last.position);
    const done = commands.map((command) => progress.end(command)).findLast((end) => end !== null);
    const writing = writer.append(lab, records, done ?? undefined);
    this.#awaitSeen(lab, writer, wait, writing);
    await writing;
    this.eventsAppended += records.length;
  }

  async forget(...[lab, command]: Parameters<Recorder['forget']>): Promise<void> {
    const { writer, progress } = this.#ownerOf(lab);
    const wait = this.#mirror.forgets(lab);
    const writing = writer.forget(lab, (command === null ? null : progress.end(command)) ?? undefined);
    this.#awaitSeen(lab, writer, wait, writing);
    await writing;
  }

  async pass(command: CommandOffset): Promise<void> {
    const { writer, progress } = this.get(command.partition);
    const done = progress.end(command);
    if (done !== null) await writer.commit(done);
  }

  async caughtUp(lab: string): Promise<void> {
    this.#ownerOf(lab);
    await this.#unseen.get(lab);
  }

  #ownerOf(lab: string): Owned {
    return this.get(this.#connection.partitionOf(lab));
  }

  /** A writer resolves some ms before readers are shown what it committed. */
  #awaitSeen(lab: string, writer: PartitionWriter, wait: Wait, writing: Promise<void>): void {
    const seen = writing
      .then(
        () => writer.seen(wait.done),
        () => wait.cancel(),
      )
      .catch(() => undefined)
      .finally(() => {
        if (this.#unseen.get(lab) === seen) this.#unseen.delete(lab);
      });
    this.#unseen.set(lab, seen);
  }
}
