/**
 * What a step will do: a commit that turns the option off is judged as if the firewall had started so, on ports with the policy they
 * have at the start. A file that changes a policy in a step before is trusted to know why.
 */
import { type Command, parseCommand } from '../../model/commands/command.ts';
import type { Problem } from '../draft/draft.ts';
import type { LabView } from './lab-view.ts';
import { selfMacNeedsForgedTransmits, selfMacNeedsPromiscuous } from './policy.ts';

/** The commands of the file's steps, in order of time. */
export function commandsOf(view: LabView): Command[] {
  return view.file.script.steps.flatMap(({ command: text }) => {
    const parsed = parseCommand(text);
    return 'error' in parsed ? [] : [parsed.command];
  });
}

export function stepTurnsOptionOff(view: LabView): Problem[] {
  return view.file.script.steps.flatMap(({ command: text, atNs }) => {
    const parsed = parseCommand(text);
    if ('error' in parsed || parsed.command.verb !== 'commit' || parsed.command.useHypervisorMac) return [];
    const { node } = parsed.command;
    const firewall = view.nodes.get(node);
    const changesPolicy = view.file.script.steps.some((step) => step.atNs <= atNs && step.command.startsWith('set '));
    if (firewall?.kind !== 'firewall' || !firewall.useHypervisorMac || changesPolicy) return [];
    const after: LabView = { ...view, nodes: new Map([...view.nodes, [node, { ...firewall, useHypervisorMac: false }]]) };
    return [selfMacNeedsPromiscuous, selfMacNeedsForgedTransmits]
      .flatMap((warn) => warn(after).filter((problem) => !saysSo(warn(view), problem)))
      .map((problem) => ({ ...problem, message: `after "${text}": ${problem.message}` }));
  });
}

function saysSo(before: readonly Problem[], { message }: Problem): boolean {
  return before.some((one) => one.message === message);
}
