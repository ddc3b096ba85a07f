/**
 * The images that Dockerfile and compose.yaml name, made on this machine: the Debian they are made of by debootstrap, Node and npm
 * from npm, the broker from Maven. All that has to be fetched is fetched by `fetchParts` into a cache, outside the test's
 * network; `makeImages` needs no network at all.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { provideJars } from '../../scripts/kafka-jars.ts';

const CACHE = 'node_modules/.cache/compose';
const STAND_IN = 'test/compose/stand-in';

/** Folders and files in the cache. */
export interface Parts {
  readonly debian: string;
  readonly node: string;
  readonly npm: string;
  readonly npmCache: string;
  readonly jars: string;
}

/** The name of an image as compose.yaml gives it: the test must not know better. */
export function brokerImage(): { readonly name: string; readonly version: string } {
  const [, name, version] = /image: (apache\/kafka:(\S+))/.exec(readFileSync('compose.yaml', 'utf8')) ?? [];
  if (name === undefined || version === undefined) throw new Error('compose.yaml names no apache/kafka image');
  return { name, version };
}

export function nodeImage(): { readonly name: string; readonly major: string } {
  const [, name, major] = /^FROM (node:(\d+)\S+)/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
  if (name === undefined || major === undefined) throw new Error('Dockerfile is not made from a node image');
  return { name, major };
}

export function fetchParts(): Parts {
  const { major } = nodeImage();
  const { version } = brokerImage();
  const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex').slice(0, 12);
  const platform = `node-${process.platform}-${process.arch}`;
  const node = cached(`node-${major}`, (folder) => npmInstall(folder, `${platform}@${major}`));
  const npm = cached('npm-10', (folder) => npmInstall(folder, 'npm@10'));
  return {
    debian: cached('bookworm', (folder) => debootstrap(folder)),
    node: join(node, 'node_modules', platform, 'bin', 'node'),
    npm: join(npm, 'node_modules', 'npm'),
    npmCache: cached(`npm-cache-${lock}`, (folder) => fillNpmCache(folder)),
    jars: provideJars(version, console.log),
  };
}

export function makeImages(parts: Parts, docker: (...args: string[]) => void): void {
  const { name: node } = nodeImage();
  const { name: kafka } = brokerImage();
  const base = 'switchback-test/bookworm';
  run('sh', ['-c', `tar -C ${parts.debian} -c . | docker import - ${base} > /dev/null`]);
  const registry = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).stdout.trim();
  inContext({ 'npm-cache': parts.npmCache, npm: parts.npm, node: parts.node }, 'node.Dockerfile', (context) =>
    docker('build', '--quiet', '--network', 'none', '--build-arg', `REGISTRY=${registry}`, '--tag', node, context),
  );
  inContext({ java: javaHome(), jars: parts.jars, 'kafka-run.sh': join(STAND_IN, 'kafka-run.sh') }, 'kafka.Dockerfile', (context) =>
    docker('build', '--quiet', '--network', 'none', '--tag', kafka, context),
  );
}

/** A folder of the cache, made once: aside first, so that an interrupted run leaves no half of it. */
function cached(name: string, make: (folder: string) => void): string {
  const place = join(CACHE, name);
  if (existsSync(place)) return place;
  const aside = `${place}.new`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  const began = Date.now();
  make(aside);
  renameSync(aside, place);
  console.log(`fetched ${name} in ${((Date.now() - began) / 1000).toFixed(0)} s`);
  return place;
}

/** The Debian that the slim images are made of, from where this machine gets its own packages. */
function debootstrap(folder: string): void {
  const targets = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI) $(RELEASE)', 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  const mirror = targets.stdout
    .split('\n')
    .find((line) => line.endsWith(' bookworm') || line.endsWith(' stable'))
    ?.split(' ')[0];
  run('debootstrap', ['--variant=minbase', 'bookworm', folder, mirror ?? 'http://deb.debian.org/debian']);
  for (const waste of ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale'])
    rmSync(join(folder, waste), { recursive: true, force: true });
}

function npmInstall(folder: string, what: string): void {
  const options = ['--prefix', folder, '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  run('npm', ['install', ...options, what]);
}

/** All packages of the lock file, as npm keeps them. */
function fillNpmCache(folder: string): void {
  const project = mkdtempSync(join(tmpdir(), 'switchback-npm-'));
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(file, join(project, file));
    run('npm', ['ci', '--prefix', project, '--cache', join(process.cwd(), folder), '--ignore-scripts', '--no-audit', '--no-fund']);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
}

function javaHome(): string {
  return dirname(dirname(spawnSync('sh', ['-c', 'readlink -f "$(command -v java)"'], { encoding: 'utf8' }).stdout.trim()));
}

/** Builds from a folder of copies: a build's context may hold no links out of it, and Debian's Java is full of them. */
function inContext(content: Readonly<Record<string, string>>, dockerfile: string, build: (context: string) => void): void {
  const context = mkdtempSync(join(tmpdir(), 'switchback-image-'));
  try {
    for (const [name, source] of Object.entries(content))
      run('cp', ['-rL', source, join(context, name)], { tolerant: name === 'java' });
    cpSync(join(STAND_IN, dockerfile), join(context, 'Dockerfile'));
    build(context);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

/** `tolerant`: a link that leads nowhere, as a package's optional parts are, is no failure. */
function run(command: string, args: readonly string[], { tolerant = false } = {}): void {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (status === 0 || tolerant) return;
  throw new Error(`${command} ${args.join(' ')}: exit ${status}\n${stdout}\n${stderr}`.slice(-8000));
}
