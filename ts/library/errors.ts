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
