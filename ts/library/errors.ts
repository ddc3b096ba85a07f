/** What a lab refuses, and why. */
import { type Finding, formatFinding } from '../topology/draft/finding.ts';

/** The lab is not right: all that is wrong with it, at once. */
export class LabInvalid extends Error {
  override readonly name = 'LabInvalid';
  readonly findings: readonly Finding[];

  constructor(findings: readonly Finding[]) {
    super(`the lab is invalid:\n${findings.map(formatFinding).join('\n')}`);
    this.findings = findings;
  }
}

/** The call does not go with what the lab has done so far: building after its beginning, asking before it. */
export class LabMisused extends Error {
  override readonly name = 'LabMisused';
}

/** A file that a program named cannot be read; the error of the file system is its cause. */
export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable';
}

/** What to throw where a file cannot be read. @param expected what the file should be, "a lab file" */
export function unreadable(path: string | URL, expected: string, cause: unknown): FileUnreadable {
  return new FileUnreadable(`cannot read ${path}: ${whyUnreadable(cause)}; expected ${expected}`, { cause });
}

function whyUnreadable(cause: unknown): string {
  const code = isSystemError(cause) ? cause.code : '';
  if (code === 'ENOENT') return 'no such file';
  return code === 'EISDIR' ? 'it is a directory' : String(cause);
}

/** What the file system throws: ENOENT, EACCES and the like. */
export function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}
