/** `switchback serve`: runs living labs, and answers over HTTP until it is told to stop. */
import { availableParallelism, constants } from 'node:os';
import { type Command, Option } from 'commander';
import type { LabService } from '../services/living/lab-service.ts';
import { CliError, EXIT } from './errors.ts';
import { type DataOptions, dataOption } from './options.ts';
import { note } from './output.ts';
import { serverOn } from './remote.ts';
import { removeServerFile, writeServerFile } from './server-file.ts';

interface ServeOptions extends DataOptions {
  readonly kafka?: string;
  readonly prefix: string;
  readonly role: 'controller' | 'reader' | 'both';
  readonly listen: string;
  readonly allowHost?: readonly string[];
  readonly workers?: string;
  readonly partitions: string;
}

const LISTEN = '127.0.0.1:7788';
const WORKERS_MAX = 64;
const PARTITIONS_MAX = 1000;
/** What is still open after everything was closed is nobody's, and left behind. */
const LINGER_MS = 5000;

export function addServe(program: Command): void {
  for (const name of ['SWITCHBACK_KAFKA', 'SWITCHBACK_LISTEN']) if (process.env[name] === '') delete process.env[name];
  program
    .command('serve')
    .summary('run living labs and answer over HTTP')
    .description(
      'Runs living labs and answers over HTTP until it is stopped. Without --kafka, it runs the labs of the data directory. With ' +
        '--kafka, several servers share labs: controllers run them, readers mirror them and answer. Changing a lab requires the ' +
        'token: SWITCHBACK_TOKEN, or a random one that is printed at start. With SWITCHBACK_READ_TOKEN reading requires one of both.',
    )
    .addOption(dataOption())
    .addOption(new Option('--kafka <brokers>', 'HOST:PORT of brokers, separated by commas').env('SWITCHBACK_KAFKA'))
    .option('--prefix <name>', 'prefix of the Kafka topic names', 'switchback')
    .addOption(
      new Option('--role <role>', 'role of this server with --kafka').choices(['controller', 'reader', 'both']).default('both'),
    )
    .addOption(new Option('--listen <address>', 'HOST:PORT; port 0 takes any free port').env('SWITCHBACK_LISTEN').default(LISTEN))
    .option('--allow-host <names...>', 'more host names to accept in requests')
    .option('--workers <number>', 'threads that run labs (default: number of processors minus one)')
    .option('--partitions <number>', 'partitions of the Kafka topics, if they do not exist yet', '8')
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  const [{ openLabService }, { parseListen }] = await Promise.all([
    import('../services/open-service.ts'),
    import('../api/listen.ts'),
  ]);
  const address = parseListen(options.listen);
  if (address === null)
    throw new CliError(EXIT.usage, `--listen: "${options.listen}" is not an address; expected one such as ${LISTEN}`);
  const settings = serviceSettings(options);
  await refuseSecond(options.data);
  const service = await openLabService({ ...settings, onTrouble: (text) => note(`switchback: ${text}`) });
  try {
    await answer(service, options, address);
  } finally {
    await service.close();
  }
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

/** Answers until a signal comes. */
async function answer(
  service: LabService,
  { data, allowHost }: ServeOptions,
  address: { host: string; port: number },
): Promise<void> {
  const [{ createApi }, { isLoopback, listen }, { newToken }] = await Promise.all([
    import('../api/api.ts'),
    import('../api/listen.ts'),
    import('../api/token.ts'),
  ]);
  const given = process.env['SWITCHBACK_TOKEN'] ?? '';
  const token = given === '' ? newToken() : given;
  const readToken = process.env['SWITCHBACK_READ_TOKEN'] ?? '';
  const { host } = address;
  const hosts = [...(host === '0.0.0.0' || host === '::' ? [] : [host]), ...(allowHost ?? [])];
  const app = createApi(service, {
    token,
    ...(readToken === '' ? {} : { readToken }),
    hosts,
    onDefect: (text) => note(`switchback: ${text}`),
  });
  const stop = untilTold();
  const url = await listen(app, address);
  try {
    writeServerFile(data, { url, token, pid: process.pid, startedAtMs: Date.now() });
    process.on('exit', () => removeServerFile(data));
    // At once: whoever waits for the first line finds the others there.
    note(greeting(url, isLoopback(host) ? null : host, given === '' ? token : null));
    await stop;
    note('closing; a second signal ends the process at once');
  } finally {
    removeServerFile(data);
    await app.close();
  }
}

/** `host` is null when only this machine reaches it, `token` when somebody has it already. */
function greeting(url: string, host: string | null, token: string | null): string {
  const warning = host === null ? [] : [`warning: other machines can reach ${host}, and the connection is not encrypted`];
  const lines = [`listening on ${url}`, `the page is ${url}/page/index.html`, ...warning];
  return [...lines, ...(token === null ? [] : [`token ${token}`])].join('\n');
}

function serviceSettings({ data, kafka, prefix, role, workers, partitions }: ServeOptions) {
  const roles = role === 'both' ? (['controller', 'reader'] as const) : ([role] as const);
  const shared = {
    dataDir: data,
    roles,
    workers: workers === undefined ? Math.max(1, availableParallelism() - 1) : numberOf('--workers', workers, WORKERS_MAX),
  };
  if (kafka !== undefined) {
    return {
      ...shared,
      kafka: { brokers: brokersOf(kafka), prefix, partitions: numberOf('--partitions', partitions, PARTITIONS_MAX) },
    };
  }
  if (role !== 'both') throw new CliError(EXIT.usage, `--role ${role} needs --kafka`);
  return shared;
}

function brokersOf(text: string): readonly string[] {
  const brokers = text.split(',').map((broker) => broker.trim());
  const bad = brokers.find((broker) => !/^(\[[0-9a-f:.]+\]|[a-z0-9._-]+):\d{1,5}$/i.test(broker));
  if (bad === undefined) return brokers;
  throw new CliError(EXIT.usage, `--kafka: "${bad}" is not a broker; expected HOST:PORT, several separated by commas`);
}

function numberOf(option: string, text: string, max: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= max) return value;
  throw new CliError(EXIT.usage, `${option}: "${text}" is not a whole number from 1 to ${max}`);
}

/** Two servers that each run all labs of a directory would be in each other's way. */
async function refuseSecond(data: string): Promise<void> {
  const server = await serverOn(data);
  if (server === null) return;
  throw new CliError(EXIT.usage, `a server already runs on ${data}: ${server.url}, process ${server.pid}`);
}

/** Resolves at the first signal; the second ends the process. */
function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    let isTold = false;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (isTold) process.exit(128 + constants.signals[signal]);
        isTold = true;
        resolve();
      });
    }
  });
}
