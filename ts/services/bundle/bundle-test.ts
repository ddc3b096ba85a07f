/** A vitest file that holds a recorded lab to its history. */
import { parse } from 'yaml';

/** What the test is written from. */
export interface BundleTest {
  readonly lab: string;
  readonly positions: number;
  readonly chain: string;
  /** Where the bundle lies, seen from the test: "./failover.sbk". */
  readonly bundle: string;
  /** Text of a valid lab file, for its checks; null for none. */
  readonly labFile: string | null;
}

interface WrittenCheck {
  readonly expect?: readonly unknown[];
}

/** The file's text. It needs `vitest` and `switchback-lab`. */
export function bundleTest({ lab, positions, chain, bundle, labFile }: BundleTest): string {
  const quoted = (value: unknown): string => JSON.stringify(value);
  const checks =
    labFile === null ? [] : Object.entries((parse(labFile) as { validate?: Record<string, WrittenCheck> }).validate ?? {});
  const blocks = [
    `// Written by "switchback export". The bundle beside it holds the lab's whole history.
${imported('switchback-lab', 'Recording')}
${imported('vitest', 'expect, test')}

const recording = await Recording.open(new URL(${quoted(bundle)}, import.meta.url));`,
    `test(${quoted(`${lab}: the recorded history follows from its inputs again`)}, () => {
  expect(recording.verify()).toEqual({
    verified: true,
    positions: ${positions},
    chain: ${quoted(chain)},
  });
});`,
    ...checks.map(([name, { expect = [] }]) => {
      const wanted = expect.map((one) => `    ${JSON.stringify(one)},\n`).join('');
      return `test(${quoted(`${lab}: ${name}`)}, () => {
  const { failures } = recording.check(
${wanted}  );
  expect(failures).toEqual([]);
});`;
    }),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function imported(from: string, names: string): string {
  return `import { ${names} } from '${from}';`;
}
