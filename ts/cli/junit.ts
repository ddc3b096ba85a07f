/** JUnit's XML, as CI systems read it: a suite per lab file, a case per check. */
import type { CheckResult } from '../engine/checks.ts';

export interface TestedFile {
  readonly file: string;
  /** Null when the file is invalid. */
  readonly lab: string | null;
  readonly checks: readonly CheckResult[];
  /** What kept the file from being run at all; empty when it ran. */
  readonly errors: readonly string[];
  readonly wallMs: number;
}

export function junitXml(files: readonly TestedFile[]): string {
  const suites = files.map(suite);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="switchback">\n${suites.join('\n')}\n</testsuites>\n`;
}

function suite({ file, lab, checks, errors, wallMs }: TestedFile): string {
  const name = lab ?? file;
  const failures = checks.filter(({ pass }) => !pass).length;
  const total = checks.length + (errors.length > 0 ? 1 : 0);
  const head = `tests="${total}" failures="${failures}" errors="${errors.length > 0 ? 1 : 0}" time="${(wallMs / 1000).toFixed(3)}"`;
  const cases = [...checks.map((check) => checkCase(name, check)), ...(errors.length === 0 ? [] : [errorCase(name, errors)])];
  return [`  <testsuite name="${xml(name)}" file="${xml(file)}" ${head}>`, ...cases, '  </testsuite>'].join('\n');
}

function checkCase(lab: string, { name, pass, failures }: CheckResult): string {
  const open = `    <testcase classname="${xml(lab)}" name="${xml(`${lab}/${name}`)}"`;
  return pass
    ? `${open}/>`
    : `${open}>\n      <failure message="${xml(failures[0] ?? '')}">${xml(failures.join('\n'))}</failure>\n    </testcase>`;
}

function errorCase(name: string, errors: readonly string[]): string {
  const message = `<error message="${xml(errors[0] ?? '')}">${xml(errors.join('\n'))}</error>`;
  return `    <testcase classname="${xml(name)}" name="${xml(`${name}/can be run`)}">\n      ${message}\n    </testcase>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\n': '&#10;' };

/** Text that XML can hold: its special characters as entities, control characters left out. */
function xml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 has no way to write them
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replace(/[&<>"\n]/g, (char) => ENTITIES[char] ?? char);
}
