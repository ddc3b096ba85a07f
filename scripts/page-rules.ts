/**
 * The rules of events for the page of a server: which rules the comments of an event name (proto/), what each is called, and a page that says
 * all of each. The page in one file has no room for them.
 */

import type { EventRules } from '../ts/page/model/follow.ts';
import { RULES, type Rule, SUBJECTS } from '../ts/rules/rules.ts';
import { eventsSource } from './events/source.ts';
import { loadProtos } from './proto.ts';

/** What the page of a server asks for: which rules there are to each event. */
export function pageRules(): EventRules {
  const named = eventsSource(loadProtos()).events.filter(({ rules }) => rules.length > 0);
  const ids = new Set(named.flatMap(({ rules }) => rules));
  return {
    events: Object.fromEntries(named.map(({ name, rules }) => [name, rules.join(' ')])),
    titles: Object.fromEntries(RULES.flatMap(({ id, title }) => (ids.has(id) ? [[id, title]] : []))),
  };
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
