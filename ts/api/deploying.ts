/** Lab files that requests bring: read, and deployed. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { LabRequest } from '../model/events/codec-command.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import type { Finding } from '../topology/draft/finding.ts';
import { readSource } from '../topology/draft/source-document.ts';
import { readLabFile } from '../topology/read-lab-file.ts';
import { canonicalJson } from '../values/canonical-json.ts';
import { parsePace } from '../values/quantities.ts';
import { carryOut } from './carry-out.ts';
import { addressOf } from './changes.ts';
import type { ApiContext } from './context.ts';
import { invalidFile, mistakeOf } from './invalid-file.ts';
import { ERRORS_TOLD_MAX } from './limits.ts';
import type { Mistake } from './problem.ts';

export interface DeployQuery {
  readonly pace?: string;
  readonly replace: boolean;
}

export interface ReadFile {
  readonly file: LabFile;
  readonly warnings: readonly Mistake[];
}

/**
 * Reads a lab file.
 * @param lab the name that the file must have; null for any.
 * @throws Problem with all that is wrong with the file
 */
export function readSent(text: string, lab: string | null): ReadFile {
  const result = readLabFile(text, lab ?? 'lab');
  if (!result.ok) throw invalidFile(result.findings.map(mistakeOf), 'deployed');
  const { file, warnings } = result;
  if (lab === null || file.name === lab) return { file, warnings: told(warnings) };
  const place = readSource(text).source?.valuePlace(['name']) ?? { line: 1, column: 1 };
  throw invalidFile([{ message: `the file names the lab ${file.name}, but the address names ${lab}`, ...place }], 'deployed');
}

function told(warnings: readonly Finding[]): readonly Mistake[] {
  return warnings.slice(0, ERRORS_TOLD_MAX).map(mistakeOf);
}

/** Begins the lab of a file; its steps and checks are not carried out. */
export async function deploy(
  context: ApiContext,
  { file, warnings }: ReadFile,
  { pace, replace }: DeployQuery,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const { name: lab } = file;
  const pacePermille = pace === undefined ? 0 : (parsePace(pace) ?? 0);
  const asked: LabRequest = { verb: 'deploy', definition: canonicalJson(file.lab), pacePermille, replace };
  const answer = await carryOut(context, lab, request, reply, asked);
  if (reply.statusCode !== 200) return answer;
  reply.code(201).header('location', addressOf(lab));
  return { ...answer, warnings };
}
