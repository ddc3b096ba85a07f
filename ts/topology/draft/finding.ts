import { FINDINGS_TOLD_MAX } from './limits.ts';

/** What is wrong, or risky, in a lab file: one mistake, one finding, at the place where it was written. */
export interface Finding {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Of a lab that a program builds, the place instead: "addHost('h1') interfaces.eth0.ipv4". */
  readonly call?: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** The rule of the lab's semantics behind it, such as "MAC-07". */
  readonly rule?: string;
  /** What to write instead. */
  readonly remedy?: string;
}

/** "file:line:column: error: message [RULE]", as compilers write it, and the remedy on a line of its own; a call stands for its place. */
export function formatFinding(finding: Finding): string {
  const { file, line, column, call, severity, message, rule, remedy } = finding;
  const head = `${call ?? `${file}:${line}:${column}`}: ${severity}: ${message}`;
  return head + (rule === undefined ? '' : ` [${rule}]`) + (remedy === undefined ? '' : `\n    remedy: ${remedy}`);
}

/**
 * Findings in reading order; of several that say the same at the same place, one. Of more than `FINDINGS_TOLD_MAX`, the first,
 * and at the end how many more there are.
 */
export function tidyFindings(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  const tidy = findings
    .filter((finding) => {
      const key = `${finding.call ?? ''}:${finding.line}:${finding.column}:${finding.message}`;
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => a.line - b.line || a.column - b.column);
  const untold = tidy.length - FINDINGS_TOLD_MAX;
  const next = tidy[FINDINGS_TOLD_MAX];
  if (next === undefined) return tidy;
  const { file, line, column } = next;
  const severity = tidy.some((finding, index) => index >= FINDINGS_TOLD_MAX && finding.severity === 'error') ? 'error' : 'warning';
  const message = `… and ${untold} more; the first ${FINDINGS_TOLD_MAX} are shown`;
  return [...tidy.slice(0, FINDINGS_TOLD_MAX), { file, line, column, severity, message }];
}
