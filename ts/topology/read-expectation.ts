/** Reads one expectation, as `validate` of a lab file has them, against a lab that is resolved already. */
import { endpointOf } from '../model/lab/endpoint.ts';
import type { FlowProtocol } from '../model/lab/flow.ts';
import type { Lab } from '../model/lab/lab.ts';
import type { Expectation } from '../model/lab/script.ts';
import { NANOS_MAX } from '../values/nanos.ts';
import { Draft } from './draft/draft.ts';
import { readSource } from './draft/source-document.ts';
import { resolveChecks } from './resolve/checks.ts';
import { checkShape } from './schema/shape.ts';

/** Keys of an expectation that ask for a time or a window of time. */
const TIMES = ['at', 'from', 'to', 'within'];

/**
 * Reads "{ ha: fw1, state: active }", with or without its braces. It is asked at every moment, so it has no time of its own.
 * @throws RangeError that says what is wrong.
 */
export function readExpectation(lab: Lab, text: string): Expectation {
  return read(lab, text, (time) => {
    throw new RangeError(
      `"${time}" asks for a time of its own; an expectation that is asked at every moment has none: leave "${time}" out`,
    );
  });
}

/** Reads an expectation of a lab's whole history, as a lab file has it, times and all. @throws RangeError that says what is wrong */
export function readTimedExpectation(lab: Lab, text: string): Expectation {
  return read(lab, text, () => undefined);
}

function read(lab: Lab, text: string, whenTimed: (key: string) => void): Expectation {
  const braced = text.trim().startsWith('{') ? text : `{ ${text} }`;
  const { source, problems } = readSource(`validate: { expr: { expect: [ ${braced} ] } }\n`);
  const [syntax] = problems;
  if (source === null || syntax !== undefined)
    throw new RangeError(`"${text}" is no expectation: ${syntax?.message ?? 'not YAML'}`);
  const shape = checkShape(source);
  const draft = draftOf(lab, new Draft(source, shape.isBroken));
  const written = draft.written(['validate', 'expr', 'expect', 0]);
  const time = TIMES.find((key) => typeof written === 'object' && written !== null && Object.hasOwn(written, key));
  if (time !== undefined) whenTimed(time);
  const misshapen = shape.problems.find(({ path }) => path[0] === 'validate');
  const flows = new Map(lab.flows.map(({ name, protocol }): [string, FlowProtocol] => [name, protocol ?? 'udp']));
  const [check] = resolveChecks(draft, shape.raw.validate ?? {}, flows, NANOS_MAX);
  const fault = misshapen ?? draft.problems[0];
  const expectation = check?.expect[0];
  if (fault !== undefined || expectation === undefined) {
    throw new RangeError(`"${text}": ${fault?.message ?? 'expected one expectation, such as { ha: fw1, state: active }'}`);
  }
  return expectation;
}

/** What expectations name: nodes and interfaces. */
function draftOf({ nodes, interfaces }: Lab, draft: Draft): Draft {
  for (const { name, kind } of nodes) draft.nodes.set(name, { name, kind, raw: {}, layers: [] });
  for (const iface of interfaces) draft.interfaces.set(endpointOf(iface), iface);
  return draft;
}
