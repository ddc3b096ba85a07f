/** A fork at the cursor: what shall be otherwise, and what came out differently. */
import type { VNode } from 'preact';
import type { FlowCounts, ForkTold } from '../ask/do-questions.ts';
import type { EventRow } from '../ask/event-row.ts';
import type { Comparison } from '../model/doing-state.ts';
import type { Page } from '../model/page.ts';
import { timeText } from '../timeline/labels.ts';
import { field, form } from './field.ts';
import { h } from './h.ts';
import { answered, button, type Part } from './parts.ts';

type SideName = Comparison['shows'];

export function forkPart(page: Page): VNode {
  const { fork } = page.doing.state;
  return h(
    'section',
    { 'aria-label': 'Fork' },
    h('h2', null, `Fork behind #${page.state.cursor}`),
    forkForm(page),
    fork.status === 'none' ? null : answered(fork, 'Playing the fork, and comparing…', (comparison) => compared(page, comparison)),
  );
}

function forkForm(page: Page): VNode {
  const { steps, draft } = page.doing.state;
  const later = steps.status === 'there' ? steps.value.filter(({ position }) => position > page.state.cursor) : [];
  const options = later.map(({ text }) => h('option', { value: text, key: text, selected: text === draft.without }, text));
  const onChange = (event: Event): void => page.doing.type({ without: (event.currentTarget as HTMLSelectElement).value });
  return form(
    'Fork',
    () => page.doing.fork(),
    field(page, 'set', 'Set', { placeholder: 'vsw1.forged-transmits=accept', size: 30 }),
    field(page, 'run', 'Run', { list: 'command-lines', placeholder: 'crash fw1', size: 30 }),
    h(
      'label',
      { class: 'field' },
      h('span', null, 'Leave out'),
      h('select', { onChange }, h('option', { value: '', selected: draft.without === '' }, 'nothing'), options),
    ),
    h('button', { type: 'submit', class: 'main' }, 'Fork'),
    h('p', { class: 'quiet' }, 'Later inputs are played again. Several settings or commands are parted by semicolons.'),
  );
}

function compared(page: Page, comparison: Comparison): VNode {
  const { told, shows } = comparison;
  const { lab, changes, outside, same, events, values } = told;
  const side = (name: SideName, face: string): VNode =>
    button(face, {
      label: `Show ${face}`,
      isPressed: shows === name,
      onClick: () => void page.doing.showSide(name, null),
    });
  const made = changes.map(({ kind, text, atNs }, index) =>
    h('li', { key: index }, kind, ' ', h('code', null, text), ` at ${timeText(atNs)}`),
  );
  const counts = `${events.onlyA} events only in the original, ${events.onlyB} only in the fork, ${events.moved} at another time; ${values} values of the state differ at the end.`;
  return h(
    'div',
    { class: 'compared', role: 'region', 'aria-label': 'The fork compared' },
    h(
      'div',
      { class: 'buttons', role: 'group', 'aria-label': 'Which one is shown' },
      side('original', 'the original'),
      side('fork', `the fork ${lab}`),
    ),
    h('ul', null, made),
    outside === 0 ? null : h('p', { class: 'quiet' }, `${outside} frames from outside were played as recorded: they do not react.`),
    h('p', null, same ? 'Nothing came out differently.' : counts),
    flowTable(told.flows),
    told.first === null ? null : firstPart(page, told.first),
    eventsPart(page, 'original', 'Only in the original', told.onlyA, events.onlyA),
    eventsPart(page, 'fork', 'Only in the fork', told.onlyB, events.onlyB),
  );
}

function flowTable(flows: ForkTold['flows']): Part {
  if (flows.length === 0) return h('p', { class: 'quiet' }, 'Every flow fares alike.');
  const heads = ['flow', 'received, original', 'received, fork', 'lost, original', 'lost, fork', 'arrives'];
  const rows = flows.map(({ name, a, b, lost, gained }) => {
    const verdict = lost > 0 ? `${lost} fewer` : gained > 0 ? `${gained} more` : 'as many';
    const cells = [countOf(a, 'received'), countOf(b, 'received'), countOf(a, 'lost'), countOf(b, 'lost')];
    return h(
      'tr',
      { key: name },
      h('th', { scope: 'row' }, name),
      cells.map((text, index) => h('td', { key: index }, text)),
      h('td', null, h('span', { class: `mark ${lost > 0 ? 'bad' : gained > 0 ? 'good' : 'plain'}` }, verdict)),
    );
  });
  return h(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Flows that fare differently' },
    h(
      'table',
      null,
      h(
        'thead',
        null,
        h(
          'tr',
          null,
          heads.map((head) => h('th', { scope: 'col', key: head }, head)),
        ),
      ),
      h('tbody', null, rows),
    ),
  );
}

function countOf(counts: FlowCounts | null, name: keyof FlowCounts): string {
  return counts === null ? '' : String(counts[name]);
}

function firstPart(page: Page, { a, b }: NonNullable<ForkTold['first']>): VNode {
  return h(
    'div',
    { class: 'first' },
    h('h3', null, 'The first difference'),
    h('p', null, 'Original: ', eventLine(page, 'original', a)),
    h('p', null, 'Fork: ', eventLine(page, 'fork', b)),
  );
}

function eventLine(page: Page, side: SideName, row: EventRow | null): Part {
  if (row === null) return 'nothing more happens';
  const { position, atNs, type, who, text } = row;
  const face = `#${position}`;
  const attributes = { type: 'button', class: 'link', onClick: () => void page.doing.showSide(side, position) };
  return h('span', null, h('button', attributes, face), ` ${timeText(atNs)} ${type} ${who} ${text}`);
}

function eventsPart(page: Page, side: SideName, name: string, rows: readonly EventRow[], count: number): Part {
  if (rows.length === 0) return null;
  const items = rows.map((row) => h('li', { key: row.position }, eventLine(page, side, row)));
  const rest = count - rows.length;
  return h(
    'details',
    { key: name },
    h('summary', null, `${name} (${count})`),
    h('ul', null, items),
    rest > 0 ? h('p', { class: 'quiet' }, `and ${rest} more`) : null,
  );
}
