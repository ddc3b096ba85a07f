/** Why: the causes of the event at the cursor, or of a flow's losses, as the command line's `explain` tells them. */
import type { VNode } from 'preact';
import type { Json } from '../ask/questions.ts';
import type { Page } from '../model/page.ts';
import { timeText } from '../timeline/labels.ts';
import { h } from './h.ts';
import { answered, button, type Part, positionLink, rowsIn, textOfValue } from './parts.ts';
import { rulesPart } from './rules-part.ts';
import { type Row, section, sectionsOf } from './tables.ts';

export function whyPanel(page: Page): VNode {
  const { asked, why, cursor, lab } = page.state;
  const flows = (lab?.flows ?? []).map((flow) =>
    button(`flow ${flow}`, {
      label: `Why flow ${flow} lost frames`,
      isPressed: asked.of === 'flow' && asked.flow === flow,
      onClick: () => page.ask({ of: 'flow', flow }),
    }),
  );
  const thisEvent = button(`#${cursor}`, {
    label: `Why event #${cursor} happened`,
    isPressed: asked.of === 'event',
    onClick: () => page.ask({ of: 'event' }),
  });
  return h(
    'div',
    null,
    h('div', { class: 'buttons', role: 'group', 'aria-label': 'What to explain' }, thisEvent, ...flows, macButton(page)),
    answered(why, asked.of === 'mac' ? 'Re-executing with every port watched…' : 'Re-executing without each cause…', (told) =>
      TOLD[asked.of](page, told),
    ),
  );
}

/** Of the address that was clicked. */
function macButton(page: Page): Part {
  const { asked } = page.state;
  if (asked.of !== 'mac') return null;
  return button(`MAC ${asked.mac}`, { label: `The life of MAC ${asked.mac}`, isPressed: true, onClick: () => page.ask(asked) });
}

/** Who had an address, who believed in it, where switches saw it move, and where they have it at the end. */
function macTold(page: Page, told: Json): VNode {
  const lists = sectionsOf(told, null).map(([name, rows]) => section(page, name, rows, true));
  return h(
    'div',
    { class: 'why' },
    h('h2', null, `The life of MAC ${textOfValue(told['mac'])}`),
    lists.length === 0 ? h('p', null, 'Nobody ever had it.') : lists,
    proofLine(told),
  );
}

function eventTold(page: Page, told: Json): VNode {
  return h(
    'div',
    { class: 'why' },
    h('h2', null, textOfValue(told['text'])),
    h('p', { class: 'quiet' }, `${textOfValue(told['type'])} at ${timeText(Number(told['atNs']))}`),
    causes(page, told),
    rulesPart(page, [told, ...rowsIn(told['because'])]),
    proofLine(told),
  );
}

function flowTold(page: Page, told: Json): VNode {
  const losses = rowsIn(told['losses']).map((loss, index) =>
    h(
      'section',
      { key: index },
      h('h3', null, `${textOfValue(loss['frames'])} frames at ${textOfValue(loss['at'])}: ${textOfValue(loss['reason'])}`),
      h('p', { class: 'quiet' }, `from ${timeText(Number(loss['fromNs']))} to ${timeText(Number(loss['toNs']))}`),
      causes(page, loss),
    ),
  );
  const { sent, received, lost } = told;
  return h(
    'div',
    { class: 'why' },
    h('h2', null, `Flow ${textOfValue(told['flow'])}: ${textOfValue(lost)} of ${textOfValue(sent)} frames lost`),
    h('p', { class: 'quiet' }, `${textOfValue(received)} received`),
    losses.length === 0 ? h('p', null, 'It lost nothing.') : losses,
    rulesPart(
      page,
      rowsIn(told['losses']).flatMap((loss) => [loss, ...rowsIn(loss['because'])]),
    ),
    proofLine(told),
  );
}

function causes(page: Page, told: Row): Part {
  const because = rowsIn(told['because']);
  const conditions = rowsIn(told['conditions']);
  if (because.length + conditions.length === 0) return h('p', null, 'Nothing in the lab brought it about: it came from outside.');
  return h(
    'div',
    null,
    h(
      'ol',
      { class: 'because', 'aria-label': 'Because, nearest first' },
      because.map((one, index) => h('li', { key: index }, causeLine(page, one))),
    ),
    conditions.length === 0 ? null : h('h3', null, 'Conditions'),
    conditions.length === 0
      ? null
      : h(
          'ul',
          null,
          conditions.map((one, index) =>
            h(
              'li',
              { key: index },
              h('code', null, `${textOfValue(one['property'])}: ${textOfValue(one['value'])}`),
              ' ',
              verdict(one),
            ),
          ),
        ),
  );
}

function causeLine(page: Page, cause: Row): Part[] {
  const property = cause['property'];
  const place = property === null ? positionLink(page, Number(cause['position'])) : h('code', null, textOfValue(property));
  return [place, ` ${timeText(Number(cause['atNs']))} `, h('span', null, textOfValue(cause['text'])), ' ', verdict(cause)];
}

const TOLD = { event: eventTold, flow: flowTold, mac: macTold } as const;

/** Colour and word say the same. */
function verdict({ necessary }: Row): Part {
  if (necessary === true)
    return h('span', { class: 'mark good', title: 'Run again without it, this does not happen.' }, 'necessary');
  if (necessary === false)
    return h('span', { class: 'mark plain', title: 'Run again without it, this happens all the same.' }, 'not necessary');
  return null;
}

function proofLine(told: Json): Part {
  const isSame = told['sameChain'] === true;
  const reruns = Number(told['reruns'] ?? 1);
  const again = reruns === 1 ? '1 re-execution' : `${reruns} re-executions`;
  const text = isSame
    ? `${again}; the lab itself is decided again as recorded.`
    : 'This engine decides the lab differently from what is recorded.';
  return h('p', { class: isSame ? 'quiet' : 'trouble' }, text);
}
