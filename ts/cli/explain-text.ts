/** Explanations as text for people. */
import type { Because, Condition, ExplainedLoss, FlowExplained } from '../debug/explain/explain-flow.ts';
import type { Stage } from '../debug/explain/stages.ts';
import { formatSeconds } from '../values/nanos.ts';
import { count, counted, paint, span } from './output.ts';

/** A flow's losses, largest first. */
export function flowText(lab: string, { flow, sent, lost, losses, sameChain, reruns, limited }: FlowExplained): string {
  const proof = sameChain ? 'the re-execution with tracing on has the recorded chain' : 'THE RE-EXECUTION HAS ANOTHER CHAIN';
  return [
    `${paint('strong', `${lab}, flow ${flow}`)}: ${count(lost)} of ${counted(sent, 'frame')} lost`,
    ...losses.map(lossText),
    `proof  ${proof}; ${counted(reruns, 'rerun')}${limited ? ', the most that one question may cost' : ''}`,
  ].join('\n\n');
}

function lossText({ at, reason, frames, fromNs, toNs, stages, because, conditions }: ExplainedLoss): string {
  const when = fromNs === toNs ? `at ${formatSeconds(fromNs)} s` : `from ${formatSeconds(fromNs)} to ${formatSeconds(toNs)} s`;
  return [
    `${paint('bad', counted(frames, 'frame'))} at ${at}: ${reason}, ${when}`,
    ...(stages.length < 2 ? [] : [`  stages   ${stages.map(stageText).join(' -> ')}`]),
    ...because.map((one, i) => `  ${i === 0 ? 'because ' : '        '} ${becauseText(one)}`),
    ...conditions.map((one, i) => `  ${i === 0 ? 'and with' : '        '} ${conditionText(one)}`),
  ].join('\n');
}

function stageText({ name, fromNs, toNs }: Stage): string {
  return toNs === fromNs ? name : `${name} ${span(toNs - fromNs)}`;
}

function becauseText(one: Because): string {
  const where = one.property === null ? `#${one.position} ${one.type}: ` : 'the file: ';
  return `${where}${one.text}${verdictText(one, 'without it')}`;
}

function conditionText({ property, value, other, ...verdict }: Condition): string {
  return `${property}: ${value}${verdictText(verdict, `with ${other}`)}`;
}

function verdictText({ necessary, without }: Pick<Because, 'necessary' | 'without'>, what: string): string {
  if (necessary === null || without === null) return '';
  const verdict = necessary ? paint('good', 'necessary') : 'not necessary';
  return `  [${verdict}: ${what}, ${counted(without, 'frame')}]`;
}
