/** `switchback doctor`: what is missing on this machine, what for, and how to get it. */
import type { Command } from 'commander';
import { essentials, type Finding } from './doctor/essentials.ts';
import { NEEDS, type Need } from './doctor/needs.ts';
import { EXIT } from './errors.ts';
import { formatOption } from './options.ts';
import { counted, paint, print, printJson } from './output.ts';
import { table } from './table.ts';

interface DoctorOptions {
  readonly format: 'table' | 'json';
  readonly all?: boolean;
}

export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .summary('say what is missing on this machine, and what for')
    .description(
      'Looks for what parts of Switchback need besides Node and its packages, and says what each is for and how to get what is missing. ' +
        'Labs run without any of it.',
    )
    .addOption(formatOption('table', 'json'))
    .option('--all', 'also what only work on Switchback itself needs')
    .action(doctor);
}

async function doctor({ format, all = false }: DoctorOptions): Promise<void> {
  const needed = await essentials();
  const useful = Object.entries<Need>(NEEDS)
    .filter(([, { development }]) => all || development !== true)
    .map(([name, need]) => findingOf(name, need));
  const works = needed.every(({ found }) => found);
  if (format === 'json') printJson({ works, needed, useful });
  else print(text([...needed, ...useful], works));
  if (!works) process.exitCode = EXIT.failed;
}

function findingOf(name: string, need: Need): Finding {
  const found = need.found();
  return { name, for: need.for, found, detail: found ? 'found' : need.missing, remedy: found ? '' : need.remedy };
}

function text(findings: readonly Finding[], works: boolean): string {
  const rows = findings.map(({ name, found, detail, for: use }) => [
    name,
    paint(found ? 'good' : 'warn', found ? 'ok' : 'missing'),
    detail,
    use,
  ]);
  const missing = findings.filter(({ found }) => !found);
  const verdict = works ? paint('good', 'labs run here') : paint('bad', 'labs cannot run here');
  const count = missing.length === 0 ? 'nothing is missing' : `${counted(missing.length, 'thing')} missing`;
  return [
    table(['what', '', 'detail', 'for'], rows),
    ...missing.map(({ name, remedy }) => `${name}: ${remedy}`),
    `\n${verdict}; ${count}`,
  ].join('\n');
}
