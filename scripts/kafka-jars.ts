/**
 * The jars of an Apache Kafka broker, from Maven Central into a cache folder: no container, no package manager of the system.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { JAVA_MIN, javaVersion } from '../ts/cli/doctor/needs.ts';

/** What is started unless another is asked for; `--version 3.9.2` is the last of the 3.x. */
export const KAFKA_VERSION = '4.4.0';

const MAVEN_MS = 600_000;
const POM = fileURLToPath(new URL('kafka/pom.xml', import.meta.url));
const CACHE = fileURLToPath(new URL('../node_modules/.cache', import.meta.url));

/** Where the jars of a version are, or would be. */
export function jarFolder(version: string): string {
  return join(process.env['XDG_CACHE_HOME'] ?? CACHE, 'switchback-kafka', version);
}

export function jarsAreThere(version: string): boolean {
  return existsSync(jarFolder(version));
}

/** Whether a broker can be had: Java, and the jars or Maven to get them. */
export function canHaveKafka(): boolean {
  return javaVersion() >= JAVA_MIN && (jarsAreThere(KAFKA_VERSION) || spawnSync('mvn', ['-v']).status === 0);
}

/** The folder with the jars of a version; downloads them when they are not there (45 MB). */
export function provideJars(version: string, say: (text: string) => void): string {
  const folder = jarFolder(version);
  if (existsSync(folder)) return folder;
  say(`downloading Apache Kafka ${version} from Maven Central`);
  // Into a folder of its own first: one that is there is whole.
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  const profile = version.startsWith('3.') ? 'reload4j' : 'log4j2';
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${fresh}`];
  const maven = ['-q', '-B', '-f', POM, '-P', profile, `-Dkafka.version=${version}`, ...goal];
  const { status, stdout, stderr } = spawnSync('mvn', maven, { encoding: 'utf8', timeout: MAVEN_MS });
  if (status !== 0 || readdirSync(fresh).length === 0) {
    rmSync(fresh, { recursive: true, force: true });
    throw new Error(`mvn could not get Apache Kafka ${version}:\n${stdout ?? ''}${stderr ?? ''}`);
  }
  moveIntoPlace(fresh, folder);
  return folder;
}

function moveIntoPlace(fresh: string, folder: string): void {
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // Another process was first.
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
