/** docs/commands.md, from the table; scripts/commands.ts writes it. */

import { type CommandForm, type Family, usageOf } from './grammar.ts';
import { wrapped } from './wrapped.ts';

const COLUMNS = 140;

const INTRODUCTION: readonly string[] = [
  `One line of words; the same in a lab file's \`steps\`, on the command line and in the log. A lab file's commands are checked when
  it is read: lines that are no command, names that do not exist, and nodes of the wrong kind are errors with line and column.
  \`switchback exec LAB help\` prints the grammar, \`switchback exec LAB help VERB\` one command's page.`,
  `A line that is no command is refused at once and not recorded. Every command is an input, \`CommandReceived\`. The engine answers
  with \`CommandAccepted\`, and what follows has that as its cause, or with \`CommandRefused\` and all reasons at once. Only a change is
  an event: a command that asks for what is already so is accepted, and nothing follows. \`set\`, \`impair\` and \`secure\` are the
  exceptions; they record what is in force even when it was.`,
  `Words in capitals stand for names and values: \`NODE\` is a node, \`NODE:INTERFACE\` an interface, \`NODE:PORT\` a port of a switch.
  MACs have colons or hyphens, times a unit (\`5ms\`), shares a percent sign (\`0.1%\`), rates a factor (\`10M\`). Brackets may be left
  out, \`|\` separates alternatives.`,
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
