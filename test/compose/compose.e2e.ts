/**
 * The shared lab of compose.yaml, from `docker build` to `down`: it comes up, answers, survives the death of the controller that
 * runs the lab, proves its history from the reader's store, and leaves nothing. Each test goes on where the one before it ended.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { KAFKA_VERSION } from '../../scripts/kafka-jars.ts';
import { DockerDaemon, sleep } from './daemon.ts';
import { brokerImage, fetchParts, makeImages } from './images.ts';
import { needsDocker } from './machine.ts';
import * as shared from './shared-lab.ts';

const LAB = 'ha-assigned-mac';
const TAKE_OVER_MS = 20_000;
const READY_MS = 60_000;

/** A lab at its end, as far as it matters here. */
interface Shown {
  readonly position: number;
  readonly chain: string;
  readonly ha: readonly { readonly node: string; readonly state: string }[];
}

interface Chained {
  readonly events: readonly { readonly position: number; readonly chain: string }[];
}

interface Inspected {
  readonly Config: { readonly User: string };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[];
    readonly SecurityOpt: readonly string[];
    readonly Memory: number;
    readonly Init: boolean;
    readonly PortBindings: Readonly<Record<string, readonly { readonly HostIp: string }[]>>;
  };
}

const show = (): Promise<Shown> => shared.get<Shown>(`/v1/labs/${LAB}`);

needsDocker('compose.yaml', () => {
  let daemon: DockerDaemon | undefined;

  /** As `test`, with everybody's last words when it fails. */
  const step = (name: string, body: () => Promise<void> | void): void =>
    test(name, async () => {
      onTestFailed(() => console.log(shared.compose('logs', '--no-color', '--tail', '60')));
      await body();
    });

  beforeAll(async () => {
    const parts = fetchParts();
    daemon = await DockerDaemon.start();
    makeImages(parts, shared.docker);
  });

  afterAll(() => daemon?.stop());

  test('the broker is the one that all other tests use', () => {
    expect(brokerImage().version).toBe(KAFKA_VERSION);
  });

  test('the image is built by the Dockerfile as it is, with no network', () => {
    shared.docker('build', '--network', 'none', '--tag', 'switchback:local', '.');
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    const label = '{{index .Config.Labels "org.opencontainers.image.version"}}';
    expect(shared.docker('image', 'inspect', '--format', label, 'switchback:local').trim()).toBe(version);
  });

  test('without a token nothing starts, and the message says how to make one', () => {
    const { status, stderr } = shared.composeWithout('SWITCHBACK_TOKEN', 'up', '--detach', '--no-build');
    expect(status).not.toBe(0);
    expect(stderr).toContain('openssl rand -hex 32');
  });

  step('everything comes up, and the demo deploys its lab', () => {
    shared.compose('up', '--detach', '--no-build');
    const demo = shared.onlyContainer('demo');
    expect(shared.docker('wait', demo).trim()).toBe('0');
    expect(shared.docker('logs', demo)).toContain(`http://127.0.0.1:7788/v1/labs/${LAB}`);
    expect(shared.runningContainers('controller')).toHaveLength(2);
  });

  step('no process can do more than it must', () => {
    for (const container of ['controller', 'reader'].flatMap(shared.runningContainers)) {
      const [inspected] = JSON.parse(shared.docker('inspect', container)) as readonly Inspected[];
      expect(inspected).toMatchObject({
        Config: { User: 'node' },
        HostConfig: { ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'], Init: true },
      });
      expect(inspected?.HostConfig.Memory).toBeGreaterThan(0);
      expect(shared.docker('exec', container, 'sh', '-c', 'touch /app/x 2>/dev/null || id -un').trim()).toBe('node');
    }
  });

  step('one port is published, on the loopback address', () => {
    const ids = shared.lines(shared.docker('ps', '--quiet'));
    const all = ids.flatMap((id) => JSON.parse(shared.docker('inspect', id)) as readonly Inspected[]);
    const bindings = all.flatMap(({ HostConfig }) => Object.values(HostConfig.PortBindings ?? {}).flat());
    expect(bindings).toEqual([{ HostIp: '127.0.0.1', HostPort: '7788' }]);
  });

  step('a change needs the token', async () => {
    const init = { headers: { 'content-type': 'application/json' }, body: '{"command":"crash fw1"}' };
    expect(await shared.ask('POST', `/v1/labs/${LAB}/commands`, init)).toMatchObject({ status: 401 });
  });

  step('a firewall dies, by HTTP; time passes, by command line; its peer takes over', async () => {
    await shared.command(LAB, 'crash fw1', TAKE_OVER_MS);
    expect(shared.switchback('exec', LAB, 'step 15s')).toContain('HaStateChanged');
    const { ha } = await show();
    expect(ha.find(({ node }) => node === 'fw2')?.state).toBe('active');
  });

  let killed = '';

  step('the controller that runs the lab is killed, and the lab goes on where it was', async () => {
    // An engine that nobody uses is given up after a while; this one is in use.
    await shared.command(LAB, 'step 1ms', TAKE_OVER_MS);
    const before = await show();
    killed = shared.runningContainers('controller').find((id) => shared.figure(id, 'switchback_labs_loaded') > 0) ?? '';
    expect(killed).not.toBe('');
    shared.docker('kill', killed);

    const began = Date.now();
    const { events, position } = await shared.command(LAB, 'step 1s', TAKE_OVER_MS);
    console.log(`the lab answered ${Date.now() - began} ms after its controller was killed`);
    expect(events[0]?.position).toBe(before.position + 1);
    const stored = await shared.get<Chained>(`/v1/labs/${LAB}/events?from=${before.position}&limit=1`);
    expect(stored.events).toMatchObject([{ position: before.position, chain: before.chain }]);
    expect((await show()).position).toBe(position);
  });

  step('the controller that comes back takes its share again', async () => {
    shared.docker('start', killed);
    const owned = () => shared.runningContainers('controller').map((id) => shared.figure(id, 'switchback_partitions_owned'));
    let counts: readonly number[] = [];
    for (const end = Date.now() + READY_MS; Date.now() < end && !(counts.length === 2 && counts.every((count) => count > 0)); ) {
      await sleep(500);
      counts = owned();
    }
    expect(counts).toHaveLength(2);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    await shared.command(LAB, 'power-on fw1', TAKE_OVER_MS);
  });

  step('the lab is proven from the store of the reader alone', () => {
    const reader = shared.onlyContainer('reader');
    expect(shared.docker('exec', reader, 'switchback', 'verify', LAB)).toContain(LAB);
    expect(shared.docker('exec', reader, 'switchback', 'at', `${LAB}@25s`)).toContain('fw1');
  });

  step('the broker starts again on what it had, and a consumer on this machine follows', async () => {
    shared.compose('-f', 'compose.yaml', '-f', 'examples/compose-broker.yaml', 'up', '--detach', '--no-build');
    expect(shared.docker('wait', shared.onlyContainer('demo')).trim()).toBe('0');
    expect(shared.docker('logs', shared.onlyContainer('demo'))).toContain('is there already');
    const { position } = await shared.command(LAB, 'edit-mac fw2:eth1 00:50:56:bb:00:99', READY_MS);
    const lines = shared.lines(shared.example('follow-macs.sh', '127.0.0.1:9092', '-e'));
    expect(lines.at(-1)).toMatch(new RegExp(`^${LAB} #\\d+ .* fw2:eth1 .* 00:50:56:bb:00:01 -> 00:50:56:bb:00:99 `));
    expect(position).toBe((await show()).position);
  });

  step('down removes everything, volumes too', () => {
    shared.compose('down', '--volumes');
    expect(shared.docker('ps', '--all', '--quiet')).toBe('');
    expect(shared.docker('volume', 'ls', '--quiet')).toBe('');
    expect(shared.lines(shared.docker('network', 'ls', '--format', '{{.Name}}'))).toEqual(['bridge', 'host', 'none']);
  });
});
