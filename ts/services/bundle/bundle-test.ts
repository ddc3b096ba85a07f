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
  const checks =
    labFile === null ? [] : Object.entries((parse(labFile) as { validate?: Record<string, WrittenCheck> }).validate ?? {});
  const blocks = [
    `// Written by "switchback export". The bundle beside it holds the lab's whole history.
${imported('switchback-lab', 'Recording')}
${imported('vitest', 'expect, test')}

const recording = await Recording.open(new URL(${literal(bundle)}, import.meta.url));`,
    `test(${literal(`${lab}: the recorded history follows from its inputs again`)}, () => {
  expect(recording.verify()).toEqual({
    verified: true,
    positions: ${positions},
    chain: ${literal(chain)},
  });
});`,
    ...checks.map(([name, { expect = [] }]) => checkBlock(`${lab}: ${name}`, expect)),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function checkBlock(title: string, expected: readonly unknown[]): string {
  const all = expected.map(literal);
  const args = all.length === 1 ? all[0] : `\n${all.map((one) => `    ${one},\n`).join('')}  `;
  return `test(${literal(title)}, () => {
  const { failures } = recording.check(${args});
  expect(failures).toEqual([]);
});`;
}

function imported(from: string, names: string): string {
  return `import { ${names} } from '${from}';`;
}

/** A value of JSON as people write it in a program: single quotes, names without any. */
function literal(value: unknown): string {
  if (typeof value === 'string') return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).map(
    ([name, one]) => `${/^[A-Za-z_]\w*$/.test(name) ? name : literal(name)}: ${literal(one)}`,
  );
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}
