/** docs/commands.md, from the table; scripts/commands.ts writes it. */

import { type CommandForm, type Family, usageOf } from './grammar.ts';
import { wrapped } from './wrapped.ts';

const COLUMNS = 140;

const INTRODUCTION: readonly string[] = [
  `A command is one line of words. It has the same form in a lab file's \`steps\`, on the command line and in the log. The commands of a
  lab file are checked when the file is read: lines that are not commands, unknown names, and nodes of the wrong kind are errors with line
  and column. \`switchback exec LAB help\` prints the grammar, \`switchback exec LAB help VERB\` describes one command.`,
  `A line that is not a command is refused at once and not recorded. Every command is an input, \`CommandReceived\`. The engine answers
  with \`CommandAccepted\`, which is the cause of the effects, or with \`CommandRefused\` and all reasons at once. Only a change is an
  event: a command that changes nothing is accepted and records no further event. The exceptions are \`set\`, \`impair\` and \`secure\`:
  they record the current settings even if nothing changed.`,
  `Words in capitals stand for names and values: \`NODE\` is a node, \`NODE:INTERFACE\` an interface, \`NODE:PORT\` a port of a switch.
  MACs have colons or hyphens, times a unit (\`5ms\`), shares a percent sign (\`0.1%\`), rates a factor (\`10M\`). Words in brackets are
  optional; \`|\` separates alternatives.`,
];

/** The page of all commands, as Markdown. */
export function commandPage(families: readonly Family[]): string {
  const head = '<!-- Generated from ts/model/commands/ by scripts/commands.ts. Do not edit. -->\n\n# Commands';
  return `${[head, ...INTRODUCTION.map(paragraph), ...families.map(section)].join('\n\n')}\n`;
}

function section({ title, forms }: Family): string {
  return [`## ${title}`, ...forms.map(entry)].join('\n\n');
}

function entry(form: CommandForm): string {
  const block = ['```', usageOf(form), ...form.examples, '```'].join('\n');
  return `${block}\n\n${paragraph([form.help, ...form.doc].join(' '))}`;
}

function paragraph(text: string): string {
  return wrapped(text, COLUMNS).join('\n');
}
