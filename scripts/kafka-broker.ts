/**
 * One Apache Kafka broker (and its own controller, KRaft mode) as a child process: loopback only, data in a folder of its own,
 * gone when disposed of. For `npm run kafka` and for tests, which also kill it, pause it and start it again.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KAFKA_VERSION, provideJars } from './kafka-jars.ts';

const START_MS = 60_000;
const STOP_MS = 20_000;
const FORMAT_MS = 60_000;
const POLL_MS = 50;

export interface BrokerOptions {
  readonly version?: string;
  /** Of the listener; a free one unless said. */
  readonly port?: number;
  /** Settings of the broker besides its own. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly say?: (text: string) => void;
}

/**
 * Settings for tests: groups form at once instead of after 3 s, few internal partitions to load, and a broker that was killed may
 * come back after 1 s instead of 9 (until then the quorum takes it for a second one of its id).
 */
export const FAST_SETTINGS: Readonly<Record<string, string>> = {
  'group.initial.rebalance.delay.ms': '0',
  'offsets.topic.num.partitions': '1',
  'transaction.state.log.num.partitions': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'broker.session.timeout.ms': '1000',
  'broker.heartbeat.interval.ms': '200',
};

/** A small heap, and a compiler that gives up peak speed for an early start. */
const JVM = ['-Xms64m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

export class Broker {
  readonly #folder: string;
  readonly #jars: string;
  #process: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    folder: string,
    jars: string,
  ) {
    this.#folder = folder;
    this.#jars = jars;
    process.once('exit', this.#abandon);
  }

  /** Makes a broker with an empty store and starts it. */
  static async start(options: BrokerOptions = {}): Promise<Broker> {
    const jars = provideJars(options.version ?? KAFKA_VERSION, options.say ?? (() => undefined));
    const [free, quorum] = await freePorts(2);
    const port = options.port ?? free ?? 0;
    const folder = mkdtempSync(join(tmpdir(), 'switchback-kafka-'));
    const broker = new Broker(port, folder, jars);
    try {
      writeFileSync(join(folder, 'server.properties'), properties(port, quorum ?? 0, folder, options.settings ?? {}));
      broker.#format();
      await broker.start();
      return broker;
    } catch (error) {
      await broker.dispose();
      throw error;
    }
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Null while it does not run. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Starts it on the data it has; resolves when it takes connections. */
  async start(): Promise<void> {
    if (this.#process !== null) throw new Error('the broker runs already');
    const child = spawn('java', [...JVM, ...this.#java('kafka.Kafka')], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    child.stdout.on('data', (text: Buffer) => appendFileSync(this.#logFile, text));
    child.stderr.on('data', (text: Buffer) => appendFileSync(this.#logFile, text));
    child.on('exit', () => {
      if (this.#process === child) this.#process = null;
    });
    for (const end = Date.now() + START_MS; !(await answers(this.port)); ) {
      if (this.#process !== child || Date.now() > end) throw new Error(`the broker did not start:\n${this.log}`);
      await sleep(POLL_MS);
    }
  }

  /** Stops it in good order; by force when that takes too long. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends it as a power cut of the process would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** It neither answers nor goes away. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it and removes its data. */
  async dispose(): Promise<void> {
    await this.kill();
    process.off('exit', this.#abandon);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Nothing of it outlives this process, unless that is killed. */
  readonly #abandon = (): void => {
    this.#process?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  };

  /** What it printed. */
  get log(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : '';
  }

  get #logFile(): string {
    return join(this.#folder, 'broker.log');
  }

  #java(main: string, ...args: string[]): string[] {
    return ['-cp', join(this.#jars, '*'), main, ...args, join(this.#folder, 'server.properties')];
  }

  #format(): void {
    const cluster = newClusterId();
    const { status, stdout, stderr } = spawnSync(
      'java',
      [...JVM, ...this.#java('kafka.tools.StorageTool', 'format', '-t', cluster, '-c')],
      {
        encoding: 'utf8',
        timeout: FORMAT_MS,
      },
    );
    if (status !== 0) throw new Error(`the broker's store could not be made:\n${stdout}${stderr}`);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    const exited = once(child, 'exit');
    // A paused process cannot hear SIGTERM.
    child.kill('SIGCONT');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited;
    clearTimeout(late);
  }
}

/** As Kafka's own: one that begins with a hyphen would be taken for an option of the tool it is given to. */
function newClusterId(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('base64url');
}

function properties(port: number, quorum: number, folder: string, settings: Readonly<Record<string, string>>): string {
  const all: Readonly<Record<string, string>> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${quorum}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${quorum}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    ...settings,
  };
  return `${Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address === 'object') ports.push(address.port);
  }
  for (const server of servers) server.close();
  return ports;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
