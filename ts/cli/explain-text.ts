/** Explanations as text for people. */
import type { Because, Causes, Condition } from '../debug/explain/causes.ts';
import type { EventExplained } from '../debug/explain/explain-event.ts';
import type { ExplainedLoss, FlowExplained } from '../debug/explain/explain-flow.ts';
import type { FrameDeath, FrameExplained, FrameStage, ToldEntry } from '../debug/explain/explain-frame.ts';
import type { WhyExplained } from '../debug/explain/explain-why.ts';
import type { Fact } from '../debug/explain/facts.ts';
import type { Stage } from '../debug/explain/stages.ts';
import { formatSeconds } from '../values/nanos.ts';
import { count, counted, paint, span } from './output.ts';

/** A flow's losses, largest first. */
export function flowText(lab: string, { flow, sent, lost, losses, sameChain, reruns, limited }: FlowExplained): string {
  return [
    `${paint('strong', `${lab}, flow ${flow}`)}: ${count(lost)} of ${counted(sent, 'frame')} lost`,
    ...losses.map(lossText),
    proofText(sameChain ? 'the re-execution with tracing on has the recorded chain' : OTHER_CHAIN, reruns, limited),
  ].join('\n\n');
}

/** An event, and what is behind it. */
export function eventText(lab: string, explained: EventExplained): string {
  const { position, type, atNs, text, sameChain, reruns, limited } = explained;
  return [
    `${paint('strong', `${lab}, #${position} ${type}`)} at ${formatSeconds(atNs)} s: ${text}`,
    causesText(explained, 1, nounOf(type)).join('\n'),
    proofText(sameChain ? 'the re-execution has the recorded chain' : OTHER_CHAIN, reruns, limited),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** A frame, node by node. */
export function frameText(lab: string, explained: FrameExplained): string {
  return [journeyText(lab, explained), frameProof(explained)].join('\n\n');
}

/** A value, and what is behind it. */
export function whyText(lab: string, check: string, explained: WhyExplained): string {
  const { position, atNs, holds, seen, facts, journeys, sameChain, reruns, limited } = explained;
  const verdict = holds ? paint('good', 'holds') : `${paint('bad', 'fails')}: ${seen}`;
  return [
    `${paint('strong', `${lab}@${position}`)}, ${formatSeconds(atNs)} s: ${check} ${verdict}`,
    ...facts.map(factText),
    ...journeys.map((journey) => journeyText(lab, journey)),
    proofText(sameChain ? 'the re-execution has the recorded chain' : OTHER_CHAIN, reruns, limited),
  ].join('\n\n');
}

const OTHER_CHAIN = 'THE RE-EXECUTION HAS ANOTHER CHAIN';

function proofText(proof: string, reruns: number, limited: boolean): string {
  return `proof  ${proof}; ${counted(reruns, 'rerun')}${limited ? ', the most that one question may cost' : ''}`;
}

function frameProof({ sameChain, sameRegion, reruns, limited }: FrameExplained): string {
  const region = sameRegion ? 'ends with the same region with tracing on and off' : 'ENDS WITH ANOTHER REGION WITH TRACING ON';
  return proofText(sameChain ? `the re-execution has the recorded chain and ${region}` : OTHER_CHAIN, reruns, limited);
}

function factText(fact: Fact): string {
  const { text, position, type, atNs } = fact;
  const [first] = fact.because;
  // A fact of the file has nothing behind it but its property.
  const rest = first?.position === position && first.property === null ? { ...fact, because: fact.because.slice(1) } : fact;
  return [`${text}: #${position} ${type} at ${formatSeconds(atNs)} s`, ...causesText(rest, 1, nounOf(type))].join('\n');
}

/** What is counted of an event of a type. */
function nounOf(type: string): string {
  return type === 'FrameDropped' || type === 'FramesDropped' ? 'frame' : 'such event';
}

function journeyText(lab: string, { number, frame, flow, length, because, stages, late }: FrameExplained): string {
  const of = flow === null ? '' : `, flow ${flow}`;
  const why = because === null ? '' : `\nsent because of #${because.position} ${because.type}: ${because.text}`;
  const head = `${paint('strong', `${lab}, frame ${number}`)}${of}: ${frame}, ${counted(length, 'byte')}${why}`;
  return [head, ...stages.map(stageOfFrame), ...(late ? ['it is still on its way'] : [])].join('\n');
}

function stageOfFrame({ node, kind, in: came, atNs, decision, out, entries, deaths }: FrameStage): string {
  const from = came === null ? node : came;
  const to = out.length === 0 ? '' : ` to ${out.map(({ at }) => at).join(', ')}`;
  const head = `  ${formatSeconds(atNs)}  ${from} (${kind})  ${decision === 'dropped' ? paint('bad', decision) : decision}${to}`;
  return [head, ...entries.map(entryText), ...deaths.flatMap(deathText)].join('\n');
}

function entryText({ kind, text, by, origin, property }: ToldEntry): string {
  const where = property === null ? `#${by.position} ${by.type}` : `the file, ${property}`;
  const from =
    origin.position === by.position || property !== null ? '' : `, from #${origin.position} ${origin.type}: ${origin.text}`;
  return `      ${kind}: ${text} (${where}${from})`;
}

function deathText(death: FrameDeath): string[] {
  return [`      ${paint('bad', 'died')} at ${death.at}: ${death.reason}`, ...causesText(death, 3)];
}

function causesText({ because, conditions }: Causes, depth: number, noun = 'frame'): string[] {
  const indent = '  '.repeat(depth);
  return [
    ...because.map((one, i) => `${indent}${i === 0 ? 'because ' : '        '} ${becauseText(one, noun)}`),
    ...conditions.map((one, i) => `${indent}${i === 0 ? 'and with' : '        '} ${conditionText(one, noun)}`),
  ];
}

function lossText({ at, reason, frames, fromNs, toNs, stages, ...causes }: ExplainedLoss): string {
  const when = fromNs === toNs ? `at ${formatSeconds(fromNs)} s` : `from ${formatSeconds(fromNs)} to ${formatSeconds(toNs)} s`;
  return [
    `${paint('bad', counted(frames, 'frame'))} at ${at}: ${reason}, ${when}`,
    ...(stages.length < 2 ? [] : [`  stages   ${stages.map(stageText).join(' -> ')}`]),
    ...causesText(causes, 1),
  ].join('\n');
}

function stageText({ name, fromNs, toNs }: Stage): string {
  return toNs === fromNs ? name : `${name} ${span(toNs - fromNs)}`;
}

function becauseText(one: Because, noun: string): string {
  const where = one.property === null ? `#${one.position} ${one.type}: ` : 'the file: ';
  return `${where}${one.text}${verdictText(one, 'without it', noun)}`;
}

function conditionText({ property, value, other, ...verdict }: Condition, noun: string): string {
  return `${property}: ${value}${verdictText(verdict, `with ${other}`, noun)}`;
}

function verdictText({ necessary, without }: Pick<Because, 'necessary' | 'without'>, what: string, noun: string): string {
  if (necessary === null || without === null) return '';
  const verdict = necessary ? paint('good', 'necessary') : 'not necessary';
  return `  [${verdict}: ${what}, ${counted(without, noun)}]`;
}
