/**
 * The rules for the page: which rules the comments of an event name (proto/), which ones name a reason of drops, what each is called, and a
 * page that says all of each.
 */
import { DROP_REASONS } from '../ts/model/events/drop-reasons.ts';
import type { RuleNames } from '../ts/page/model/rule-names.ts';
import { RULES, type Rule, SUBJECTS } from '../ts/rules/rules.ts';
import { eventsSource } from './events/source.ts';
import { loadProtos } from './proto.ts';

export function ruleNames(): RuleNames {
  const events = eventsSource(loadProtos()).events.map(({ name, rules }) => [name, rules] as const);
  const reasons = Object.keys(DROP_REASONS).map((reason) => [reason, rulesOfReason(reason)] as const);
  const named = [...events, ...reasons].filter(([, ids]) => ids.length > 0);
  const ids = new Set(named.flatMap(([, all]) => all));
  return {
    of: Object.fromEntries(named.map(([what, all]) => [what, all.join(' ')])),
    titles: Object.fromEntries(RULES.flatMap(({ id, title }) => (ids.has(id) ? [[id, title]] : []))),
    page: 'rules.html',
  };
}

/** Rules that say of which reason frames die by them. A reason of one word may be any word of a sentence. */
function rulesOfReason(reason: string): readonly string[] {
  if (!reason.includes('-')) return [];
  const name = new RegExp(`(?<![\\w-])${reason}(?![\\w-])`);
  return RULES.filter(({ clauses }) => clauses.some(({ text }) => name.test(text))).map(({ id }) => id);
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => ESCAPES[sign] ?? sign);
}

function ruleText({ id, title, clauses }: Rule): string {
  const items = clauses.map((one) => `<li id="${one.id}">${escaped(one.text)}${one.built ? '' : ' <em>Not built.</em>'}</li>`);
  return `<h3 id="${id}">${id} ${escaped(title)}</h3>\n<ul>\n${items.join('\n')}\n</ul>`;
}

/** All rules as one page, each at an anchor of its id. It has no script and no style of its own. */
export function rulesPage(): string {
  const parts = SUBJECTS.map(({ title, rules }) => `<h2>${escaped(title)}</h2>\n${rules.map(ruleText).join('\n')}`);
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<title>Rules of the labs</title>',
    '<main>',
    '<h1>Rules of the labs</h1>',
    ...parts,
    '</main>',
    '</html>',
    '',
  ].join('\n');
}
