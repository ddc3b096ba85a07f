/** `switchback import FILE.clab.yml -o FILE.lab.yml`: a topology of containerlab as a lab file. */
import { existsSync } from 'node:fs';
import { importClab } from '../topology/clab/import-clab.ts';
import { formatFinding } from '../topology/draft/finding.ts';
import { LAB_FILE_CHARACTERS_MAX } from '../topology/draft/limits.ts';
import { writeAtomically } from './atomic-file.ts';
import { CliError, EXIT } from './errors.ts';
import { readInput } from './input-file.ts';
import { counted, note, print, printJson, writeText } from './output.ts';

interface ImportTopologyOptions {
  readonly format: 'table' | 'json';
  readonly output?: string;
  readonly force?: boolean;
}

/** @throws CliError for a topology that is none, and for a file that is there already */
export async function importTopology(file: string, { format, output, force }: ImportTopologyOptions): Promise<void> {
  if (output === undefined)
    throw new CliError(EXIT.usage, 'a topology of containerlab needs -o FILE.lab.yml, or -o - for standard output');
  const imported = importClab(readInput(file, LAB_FILE_CHARACTERS_MAX).toString('utf8'), file);
  const { text, name, nodes, links, findings } = imported;
  if (format === 'table') for (const finding of findings) note(formatFinding(finding));
  if (text === null) throw new CliError(EXIT.failed, `${file} is no topology that can be imported; nothing was written`);
  if (output === '-') return writeText(text);
  if (existsSync(output) && force !== true) throw new CliError(EXIT.usage, `${output} is there already; --force writes over it`);
  await writeAtomically(output, async (write) => write(Buffer.from(text)));
  if (format === 'json') return printJson({ file: output, lab: name, nodes, links, findings });
  print(`${output} written: ${counted(nodes, 'node')}, ${counted(links, 'link')}\nnext   switchback validate ${output}`);
}
