/**
 * What is wrong with the settings of a fork that has no lab file: all of it at once. A property that no lab file can have is named as such;
 * only one that a lab file can have, and that no command changes, needs the file.
 */
import { needsFile } from '../../debug/fork.ts';
import { commandsFor, type Setting } from '../../debug/settings.ts';
import type { Lab } from '../../model/lab/lab.ts';
import { readLabFile } from '../../topology/read-lab-file.ts';
import { canonicalJson } from '../../values/canonical-json.ts';
import { withSettings } from './changed-file.ts';

/** @throws RangeError that names every mistake */
export function refuseMistakes(lab: Lab, settings: readonly Setting[]): void {
  const mistakes = settings.flatMap((setting) => mistakesOf(lab, setting));
  if (mistakes.length > 0) throw new RangeError(mistakes.join('; '));
}

function mistakesOf(lab: Lab, setting: Setting): readonly string[] {
  try {
    if (commandsFor(lab, setting) !== null) return [];
  } catch (error) {
    if (error instanceof RangeError) return [error.message];
    throw error;
  }
  const foreign = foreignIn(lab, setting);
  return foreign.length > 0 ? foreign : [needsFile(setting)];
}

/** What the reader of lab files says of properties that a node of this kind does not have: nothing else is in the file that it reads here. */
function foreignIn({ nodes }: Lab, setting: Setting): readonly string[] {
  const [name = ''] = setting.of.split(':');
  const kind = nodes.find((node) => node.name === name)?.kind;
  const bare = canonicalJson({ name: 'bare', topology: { nodes: { [name]: { kind } } } });
  const read = readLabFile(withSettings(bare, [setting]), '');
  return read.ok ? [] : read.findings.flatMap(({ message }) => (message.includes(' has no property "') ? [message] : []));
}
