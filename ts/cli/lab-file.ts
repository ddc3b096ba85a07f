/** Lab files from disk, for the verbs that take them. */
import type { LabFile } from '../model/lab/lab-file.ts';
import type { Finding } from '../topology/draft/finding.ts';
import { LAB_FILE_CHARACTERS_MAX } from '../topology/draft/limits.ts';
import { CliError, EXIT } from './errors.ts';
import { inputName, readInput } from './input-file.ts';
import { counted, note } from './output.ts';

/** More bytes cannot be few enough characters: UTF-8 has four at most for one. */
const BYTES_MAX = 4 * LAB_FILE_CHARACTERS_MAX;

export interface CheckedFile {
  /** As messages name it. */
  readonly path: string;
  /** Null when it is invalid. */
  readonly file: LabFile | null;
  readonly findings: readonly Finding[];
}

/** Reads and checks a lab file; `-` is standard input. @throws CliError when there is none. */
export async function checkFile(input: string): Promise<CheckedFile> {
  const bytes = readInput(input, BYTES_MAX);
  const path = inputName(input);
  if (bytes.length > BYTES_MAX) {
    const message = `the file has more than ${BYTES_MAX} bytes; expected at most ${LAB_FILE_CHARACTERS_MAX} characters`;
    return { path, file: null, findings: [{ file: path, line: 1, column: 1, severity: 'error', message }] };
  }
  const text = bytes.toString('utf8');
  const { readLabFile } = await import('../topology/read-lab-file.ts');
  const result = readLabFile(text, path);
  return result.ok ? { path, file: result.file, findings: result.warnings } : { path, file: null, findings: result.findings };
}

/**
 * Reads a lab file to run.
 * @param whenRead called before anything is told of it.
 * @throws CliError after printing all its errors.
 */
export async function readRunnable(input: string, whenRead: () => void = () => undefined): Promise<LabFile> {
  const { path, file, findings } = await checkFile(input).finally(whenRead);
  if (file === null) {
    const { formatFinding } = await import('../topology/draft/finding.ts');
    for (const finding of findings) note(formatFinding(finding));
    throw new CliError(EXIT.failed, `${path} is invalid; nothing was run`);
  }
  if (findings.length > 0) note(`${path}: ${counted(findings.length, 'warning')}; "switchback validate ${input}" shows them`);
  return file;
}
