/** `switchback validate FILE…`: all errors of lab files, and warnings where a lab will not work as its author expects. */
import type { Command } from 'commander';
import { formatFinding } from '../topology/draft/finding.ts';
import { EXIT } from './errors.ts';
import { type CheckedFile, checkFile } from './lab-file.ts';
import { formatOption } from './options.ts';
import { counted, paint, print, printJson } from './output.ts';

export function addValidate(program: Command): void {
  program
    .command('validate')
    .summary('report all errors and warnings of lab files')
    .description('Reports all errors and warnings of lab files as FILE:LINE:COLUMN; warnings name their rule and a remedy.')
    .argument('<file...>', 'lab files (*.lab.yml)')
    .addOption(formatOption('table', 'json'))
    .action(validate);
}

async function validate(paths: readonly string[], { format }: { readonly format: 'table' | 'json' }): Promise<void> {
  const files: CheckedFile[] = [];
  for (const path of paths) files.push(await checkFile(path));
  if (format === 'json')
    printJson({ files: files.map(({ path, file, findings }) => ({ file: path, valid: file !== null, findings })) });
  else for (const file of files) print(fileText(file));
  if (files.some(({ file }) => file === null)) process.exitCode = EXIT.failed;
  else if (files.some(({ findings }) => findings.length > 0)) process.exitCode = EXIT.warnings;
}

function fileText({ path, file, findings }: CheckedFile): string {
  const lines = findings.map(formatFinding);
  if (file === null) return lines.join('\n');
  const { nodes, links } = file.lab;
  const { steps, checks } = file.script;
  const sizes = [
    counted(nodes.length, 'node'),
    counted(links.length, 'link'),
    counted(steps.length, 'step'),
    counted(checks.length, 'check'),
  ];
  const verdict = findings.length === 0 ? paint('good', 'valid') : paint('warn', 'valid, with warnings');
  return [...lines, `${path}: ${verdict} (${file.name}: ${sizes.join(', ')})`].join('\n');
}
