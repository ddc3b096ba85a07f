/**
 * Reads a lab file: text in; a resolved lab with warnings, or all that is wrong with it, out.
 *
 * The stages are in order: YAML, shape, then meaning (nodes, links, interfaces, HA, addresses, flows, steps, checks), then
 * what is not built, and warnings. All but the first go on after a mistake, so that one reading tells everything; the last two
 * are only worth having about a lab that is otherwise right.
 */
import type { Lab } from '../model/lab/lab.ts';
import type { LabFile } from '../model/lab/lab-file.ts';
import { nanos } from '../values/nanos.ts';
import { Draft, durationOf, type Problem } from './draft/draft.ts';
import { type Finding, tidyFindings } from './draft/finding.ts';
import type { RawLabFile } from './draft/raw.ts';
import { segmentsOf } from './draft/segments.ts';
import { withShortLinks } from './draft/short-links.ts';
import { readSource, type SourceDocument } from './draft/source-document.ts';
import { checkAddresses } from './resolve/addresses.ts';
import { resolveChecks } from './resolve/checks.ts';
import { checkFabrics } from './resolve/cloud.ts';
import { controlPlaneOf, ha1Latency, timesOf } from './resolve/control-plane.ts';
import { MAC_SEED_DEFAULT } from './resolve/derive-mac.ts';
import { checkGroups, resolveGroups } from './resolve/groups.ts';
import { ha1Endpoints, resolveHaPairs } from './resolve/ha.ts';
import { inheritNodes } from './resolve/inherit.ts';
import { resolveInterfaces } from './resolve/interfaces.ts';
import { checkIpv6, resolveIpv6 } from './resolve/ipv6.ts';
import { resolveLeases } from './resolve/leases.ts';
import { resolveLinks } from './resolve/links.ts';
import { addPortsForGuests } from './resolve/migration.ts';
import { resolveNodes } from './resolve/nodes.ts';
import { resolvePppoe } from './resolve/pppoe.ts';
import { checkReservations } from './resolve/reservations.ts';
import { protocolsOf, resolveFlows, resolveSteps } from './resolve/script.ts';
import { checkSessionsAlike, resolveSessions } from './resolve/sessions.ts';
import { checkShape } from './schema/shape.ts';
import { checkRings } from './warn/cores.ts';
import { findRefusals } from './warn/unbuilt.ts';
import { findWarnings } from './warn/warnings.ts';

const DURATION = nanos(60e9);

export type ReadLabFile =
  | { readonly ok: true; readonly file: LabFile; readonly warnings: readonly Finding[] }
  | { readonly ok: false; readonly findings: readonly Finding[] };

/** Reads the text of a lab file; `fileName` is only used in findings. Never throws. */
export function readLabFile(text: string, fileName: string): ReadLabFile {
  const { source, problems: syntax } = readSource(text);
  const findings: Finding[] = syntax.map((problem) => ({ file: fileName, severity: 'error', ...problem }));
  return source === null ? { ok: false, findings } : readLabDocument(source, fileName, findings);
}

/** Reads a lab file that is plain data already: a text's, or one that a program builds. Never throws. */
export function readLabDocument(document: SourceDocument, fileName: string, syntax: readonly Finding[] = []): ReadLabFile {
  const source = withShortLinks(document);
  const findings: Finding[] = [...syntax];
  const shape = checkShape(source);
  for (const { path, at, message } of shape.problems) {
    const place = at === 'key' ? source.keyPlace(path) : source.valuePlace(path);
    findings.push({ file: fileName, ...place, severity: 'error', message });
  }
  // Without nodes or links there is nothing the rest could refer to, and every reference would be a follow-up mistake.
  if (shape.raw.topology?.nodes === undefined) return { ok: false, findings: tidyFindings(findings) };

  const draft = new Draft(source, shape.isBroken);
  const file = resolve(draft, shape.raw);
  for (const { place, ...problem } of draft.problems) findings.push({ file: fileName, ...place, severity: 'error', ...problem });
  if (findings.length > 0) return { ok: false, findings: tidyFindings(findings) };

  const foundAs = (severity: Finding['severity'], problems: readonly Problem[]): Finding[] =>
    problems.map(({ place, ...problem }) => ({ file: fileName, ...place, severity, ...problem }));
  const warnings = foundAs('warning', findWarnings(draft, file));
  const refusals = foundAs('error', findRefusals(draft, file));
  // A file that is refused only for what is not built is right otherwise: it hears its warnings too.
  if (refusals.length > 0) return { ok: false, findings: tidyFindings([...refusals, ...warnings]) };
  return { ok: true, file, warnings: tidyFindings(warnings) };
}

function resolve(draft: Draft, raw: RawLabFile): LabFile {
  const name = raw.name ?? '';
  const durationNs = durationOf(raw.duration, DURATION);
  if (durationNs === 0 && !draft.isBroken(['duration']))
    draft.error(['duration'], 'expected a duration above 0: a run of no length shows nothing');
  inheritNodes(draft, raw.topology ?? {});
  resolveNodes(draft);
  const links = resolveLinks(draft, raw.topology?.links ?? [], raw.seed ?? 0, ha1Latency(raw));
  resolveInterfaces(draft, raw['mac-seed'] ?? MAC_SEED_DEFAULT, ha1Endpoints(raw));
  resolveIpv6(draft, raw);
  checkReservations(draft, links);
  resolveSessions(draft);
  resolveLeases(draft);
  resolvePppoe(draft);
  resolveGroups(draft);
  checkFabrics(draft);
  const standby = addPortsForGuests(draft, links, raw.seed ?? 0);
  const nodes = [...draft.resolved.values()];
  const parts = { schema: 1, nodes, interfaces: [...draft.interfaces.values()], links } as const;
  const network: Lab = { ...parts, haPairs: [], flows: [], ...controlPlaneOf(raw) };
  const haPairs = resolveHaPairs(draft, raw.ha ?? {}, segmentsOf(network), timesOf(raw));
  checkSessionsAlike(draft, haPairs);
  checkAddresses(draft, { ...network, haPairs });
  checkIpv6(draft, { ...network, haPairs }, segmentsOf(network));
  checkGroups(draft, network);
  checkRings(draft, network);
  const flows = resolveFlows(draft, raw.flows ?? {});
  const steps = resolveSteps(draft, raw.steps ?? [], Object.keys(raw.flows ?? {}), durationNs);
  const checks = resolveChecks(draft, raw.validate ?? {}, protocolsOf(raw.flows ?? {}), durationNs);
  return { name, lab: { ...network, links: [...links, ...standby], haPairs, flows }, script: { durationNs, steps, checks } };
}
