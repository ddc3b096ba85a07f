/** Lab files from disk, for the verbs that take them. */
import type { LabFile } from '../model/lab/lab-file.ts';
import type { Finding } from '../topology/draft/finding.ts';
import { CliError, EXIT } from './errors.ts';
import { readInput } from './input-file.ts';
import { counted, note } from './output.ts';

export interface CheckedFile {
  readonly path: string;
  /** Null when it is invalid. */
  readonly file: LabFile | null;
  readonly findings: readonly Finding[];
}

/** Reads and checks a lab file. @throws CliError when there is none. */
export async function checkFile(path: string): Promise<CheckedFile> {
  const text = readInput(path).toString('utf8');
  const { readLabFile } = await import('../topology/read-lab-file.ts');
  const result = readLabFile(text, path);
  return result.ok ? { path, file: result.file, findings: result.warnings } : { path, file: null, findings: result.findings };
}

/**
 * Reads a lab file to run.
 * @param whenRead called before anything is told of it.
 * @throws CliError after printing all its errors.
 */
export async function readRunnable(path: string, whenRead: () => void = () => undefined): Promise<LabFile> {
  const { file, findings } = await checkFile(path).finally(whenRead);
  if (file === null) {
    const { formatFinding } = await import('../topology/draft/finding.ts');
    for (const finding of findings) note(formatFinding(finding));
    throw new CliError(EXIT.failed, `${path} is invalid; nothing was run`);
  }
  if (findings.length > 0) note(`${path}: ${counted(findings.length, 'warning')}; "switchback validate ${path}" shows them`);
  return file;
}
