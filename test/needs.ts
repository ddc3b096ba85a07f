/**
 * What a test needs that `npm ci` does not bring: needs('tshark')('the capture reads in Wireshark', () => { … }).
 *
 * Where it is missing, one skipped test stands for the suite and the closing lines of the run say how to get it
 * (test/closing-reporter.ts). With CI set it fails instead: a suite that never runs proves nothing.
 */
import { describe, test } from 'vitest';
import { hasRegistry } from '../scripts/consumer.ts';
import { canHaveKafka } from '../scripts/kafka-jars.ts';
import { JAVA_MIN, NEEDS as USEFUL } from '../ts/cli/doctor/needs.ts';

interface Need {
  readonly found: () => boolean;
  readonly missing: string;
  /** How to get it. */
  readonly remedy: string;
}

/** What `switchback doctor` looks for, and what only tests need. */
export const NEEDS = {
  ...USEFUL,
  kafka: {
    found: canHaveKafka,
    missing: `no Java ${JAVA_MIN}, or neither Maven nor a broker it downloaded before`,
    remedy: 'apt-get install openjdk-17-jre-headless maven',
  },
  registry: {
    found: hasRegistry,
    missing: 'npm reaches no registry',
    remedy: 'npm config get registry',
  },
} as const satisfies Record<string, Need>;

export type NeedName = keyof typeof NEEDS;

/** A suite that runs where the need is met, and says so where it is not. */
export type Suite = (name: string, body: () => void) => void;

export function needs(name: NeedName): Suite {
  const need: Need = NEEDS[name];
  return suiteFor(name, need, need.found(), isCi());
}

/** `needs` with everything it looks up given. */
export function suiteFor(name: string, need: Need, found: boolean, ci: boolean): Suite {
  if (found) return (title, body) => void describe(title, body);
  return (title) =>
    void describe(title, () => {
      test(`needs ${name}`, (context) => standIn(`${name}: ${need.missing} (${need.remedy})`, ci, context.skip));
    });
}

/** What runs instead of a suite whose need is not met. */
export function standIn(note: string, ci: boolean, skip: (note: string) => void): void {
  if (ci) throw new Error(`${note}; with CI set nothing may be skipped`);
  skip(note);
}

export function isCi(): boolean {
  const ci = process.env['CI'] ?? '';
  return ci !== '' && ci !== 'false' && ci !== '0';
}
