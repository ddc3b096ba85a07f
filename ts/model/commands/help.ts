/** The grammar as text for a terminal, from the table. */

import { suggestion } from '../../values/did-you-mean.ts';
import { type CommandForm, type Family, headOf, rulesOf, usageOf } from './grammar.ts';
import { wrapped } from './wrapped.ts';

const COLUMNS = 80;

/** All commands: what each looks like, and one sentence. */
export function helpOf(families: readonly Family[]): string {
  const sections = families.map(({ title, forms }) => [title, ...forms.flatMap((form) => ['', ...summary(form)])].join('\n'));
  return [...sections, 'help VERB tells more about one of them.'].join('\n\n');
}

/** Everything about the commands that begin with a word. */
export function helpOn(families: readonly Family[], head: string): { readonly help: string } | { readonly error: string } {
  const forms = families.flatMap((family) => family.forms);
  const own = forms.filter((form) => headOf(form) === head);
  if (own.length > 0) return { help: own.map(details).join('\n\n') };
  return { error: `there is no command "${head}"${suggestion(head, forms.map(headOf))}` };
}

function summary(form: CommandForm): readonly string[] {
  return [...usage(form), ...indented(form.help, 6)];
}

function details(form: CommandForm): string {
  const rules = rulesOf(form);
  return [
    ...usage(form),
    '',
    ...indented([form.help, ...form.doc].join(' '), 2),
    '',
    ...form.examples.map((example) => `    ${example}`),
    ...(rules.length === 0 ? [] : ['', `  Rules: ${rules.join(', ')}`]),
  ].join('\n');
}

/** A usage of several lines goes on further to the right. */
function usage(form: CommandForm): readonly string[] {
  return wrapped(usageOf(form), COLUMNS - 8).map((line, index) => (index === 0 ? `  ${line}` : `        ${line}`));
}

/** A sentence of the page without its Markdown. */
function indented(text: string, columns: number): readonly string[] {
  return wrapped(text.replaceAll('`', ''), COLUMNS - columns).map((line) => ' '.repeat(columns) + line);
}
