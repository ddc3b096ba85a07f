/**
 * Inside namespaces of its own, as root of nothing else: mounts a small file system in memory and uses it up.
 *
 *   full-disk-child.ts full|read-only SEED TIMES      prints the tally as one line of JSON
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbeddedLog } from '../../ts/log/embedded/index.ts';
import { Tally } from './campaign.ts';
import { Fleet } from './fleet.ts';
import type { Told } from './full-disk.ts';
import { endsInTime } from './kill-run.ts';
import { kill } from './kill-serve.ts';
import { scratch, switchback } from './processes.ts';
import { Random } from './random.ts';
import { Server } from './server.ts';
import { closeUndisturbed, commandOf, History, labPath, labText, recordsOf, WORK_LAB } from './work.ts';

const DISK_MIB = 64;
/** Room that is left when the disk begins to run full, bytes. */
const ROOM_BYTES_MAX = 400_000;
const FULL_BYTES = 8192;
const FULL_MS = 1500;
const FULL_MS_MAX = 5000;
const POLL_MS = 20;
const COMMANDS_MAX = 400;
/** A store that cannot be written is an error of usage: the message names it. */
const UNWRITABLE = 2;

const disk = join(scratch(), 'disk');
const ballast = join(disk, 'ballast');

function mount(options: string): void {
  mkdirSync(disk, { recursive: true });
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'none', disk], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mount ${options}: ${stderr}`);
}

function roomBytes(): number {
  const { bavail, bsize } = statfsSync(disk);
  return bavail * bsize;
}

/** Takes all room but so much. A server may write meanwhile: then there was less room than asked for, and it is taken. */
function fill(leftBytes: number): void {
  try {
    writeFileSync(ballast, Buffer.alloc(Math.max(0, roomBytes() - leftBytes)));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}

function free(): void {
  rmSync(ballast, { force: true });
}

/** A server on a disk that runs full: acknowledged is kept, and with room it goes on by itself. */
async function overHttp(seed: number, attempt: number, tally: Tally): Promise<void> {
  const random = Random.of(seed, 'full-disk', attempt);
  const data = join(disk, `server-${attempt}`);
  let server = await Server.start(['--data', data]);
  const labs = ['a', 'b'].map((name) => `f${attempt}${name}`);
  const fleet = new Fleet({ seed, name: `full-disk/${attempt}`, labs, servers: () => [server], tally, callMs: 5000 });
  await fleet.recovered(0);
  fill(random.below(ROOM_BYTES_MAX));
  await untilFull();
  free();
  const freeMs = performance.now();
  if (server.running.hasEnded) {
    tally.fault(`disk ${attempt}`, `the server ended: ${server.running.stderr.slice(-400)}`);
    await kill(server, tally);
    server = await server.again();
  }
  if (await fleet.recovered(freeMs)) tally.recoverMs.push(performance.now() - freeMs);
  else tally.fault(`disk ${attempt}`, 'not every lab answered when there was room again');
  await fleet.end();
  if (!(await server.stop()))
    tally.fault(`disk ${attempt}`, `SIGTERM did not end the server in good order: ${server.running.stderr.slice(-400)}`);
  await kill(server, tally);
  const log = await openEmbeddedLog(data, { create: false });
  await fleet.check((lab) => recordsOf(log, lab));
  await log.close();
  rmSync(data, { recursive: true });
}

async function untilFull(): Promise<void> {
  const endMs = performance.now() + FULL_MS_MAX;
  while (roomBytes() > FULL_BYTES && performance.now() < endMs) await sleep(POLL_MS);
  // Labs that write little do not get there by themselves.
  if (roomBytes() > FULL_BYTES) {
    free();
    fill(0);
  }
  await sleep(FULL_MS);
}

/** `exec` on a disk that runs full: the command that failed is repeated when there is room. */
async function byExec(seed: number, attempt: number, tally: Tally): Promise<void> {
  const random = Random.of(seed, 'full-disk', attempt);
  const lab = `f${attempt}`;
  const data = join(disk, `exec-${attempt}`);
  const file = join(disk, `${lab}.lab.yml`);
  writeFileSync(file, labText(WORK_LAB, lab));
  await endsInTime(switchback(['deploy', file, '--data', data, '--id', `${lab}-0`]), tally, `disk ${attempt}: deploy`);
  const history = new History(lab);
  fill(random.below(ROOM_BYTES_MAX / 10));
  for (let number = 1, isFull = false; number <= COMMANDS_MAX && !isFull; number++) {
    const text = random.chance(50) ? 'step 2000ms' : commandOf(random);
    history.commands.push(text);
    const exec = () => switchback(['exec', '--data', data, '--id', history.id(number), lab, text]);
    const label = `disk ${attempt}: "${text}"`;
    let ended = await endsInTime(exec(), tally, label);
    isFull = ended?.code !== 0 && ended?.code !== 1;
    if (isFull) {
      if (ended?.code !== UNWRITABLE)
        tally.fault(label, `a full disk is answered with exit ${ended?.code ?? ended?.signal}: ${ended?.stderr.slice(0, 300)}`);
      free();
      const freeMs = performance.now();
      ended = await endsInTime(exec(), tally, `${label}, again`);
      tally.recoverMs.push(performance.now() - freeMs);
    }
    if (ended?.code === 0 || ended?.code === 1) history.acknowledged.add(history.id(number));
    else tally.fault(`${label}, again`, `exit ${ended?.code ?? ended?.signal}: ${ended?.stderr.slice(0, 300)}`);
  }
  free();
  const log = await openEmbeddedLog(data, { create: false });
  await history.check(await recordsOf(log, lab), tally);
  await log.close();
  rmSync(data, { recursive: true });
}

const READING: readonly (readonly string[])[] = [
  ['inspect', '-f', 'json'],
  ['events', 'uplink-team', '-f', 'ndjson'],
  ['at', 'uplink-team', '-f', 'json'],
  ['verify', 'uplink-team', '-f', 'json'],
  ['capture', 'uplink-team', '-w', '-'],
];
const WRITING: readonly (readonly string[])[] = [
  ['run', labPath('uplink-team'), '--replace'],
  ['deploy', labPath('spoof-check')],
  ['exec', 'uplink-team', 'step 1s'],
  ['destroy', 'uplink-team', '--cleanup'],
];

async function readOnly(tally: Tally): Promise<void> {
  const data = join(disk, 'data');
  await endsInTime(switchback(['run', labPath('uplink-team'), '--data', data]), tally, 'run');
  const sound: string[] = [];
  for (const args of READING)
    sound.push((await endsInTime(switchback([...args, '--data', data]), tally, args.join(' ')))?.stdout ?? '');
  mount('remount,ro');
  for (const [index, args] of READING.entries()) {
    const ended = await endsInTime(switchback([...args, '--data', data]), tally, args.join(' '));
    tally.count('verbs that read');
    if (ended?.code === 0 && ended.stdout === sound[index]) tally.count('of them answered');
    else if (ended?.code !== UNWRITABLE)
      tally.fault(args.join(' '), `exit ${ended?.code ?? ended?.signal}: ${ended?.stderr.slice(0, 300)}`);
  }
  for (const args of WRITING) {
    const ended = await endsInTime(switchback([...args, '--data', data]), tally, args.join(' '));
    tally.count('verbs that write');
    if (ended?.code !== UNWRITABLE)
      tally.fault(args.join(' '), `exit ${ended?.code ?? ended?.signal}: ${ended?.stderr.slice(0, 300)}`);
  }
  mount('remount,rw');
  for (const [index, args] of READING.entries()) {
    const ended = await endsInTime(switchback([...args, '--data', data]), tally, args.join(' '));
    if (ended?.stdout !== sound[index]) tally.fault(args.join(' '), 'answers otherwise after the store was read-only');
  }
}

async function main([what = '', seed = '', times = '']: readonly string[]): Promise<void> {
  const tally = new Tally();
  mount(`size=${DISK_MIB}m`);
  if (what === 'read-only') await readOnly(tally);
  for (let attempt = 1; what === 'full' && attempt <= Number(times); attempt++) {
    await (attempt % 2 === 1 ? overHttp : byExec)(Number(seed), attempt, tally);
    tally.count('full disks');
  }
  const { skipped: _, done, ...counted } = tally;
  const told: Told = { ...counted, done: [...done] };
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

try {
  await main(process.argv.slice(2));
} finally {
  await closeUndisturbed();
  spawnSync('umount', ['-l', disk]);
}
