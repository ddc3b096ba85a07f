/** Commands for a living lab: one that is typed, time that goes forward, and what became of those that were sent. */
import type { VNode } from 'preact';
import type { Sent } from '../model/doing-state.ts';
import type { ClockChange } from '../model/follow.ts';
import type { Page } from '../model/page.ts';
import { field, form } from './field.ts';
import { h } from './h.ts';
import { button, type Part } from './parts.ts';

/** Virtual time per wall time. */
const PACES: readonly string[] = ['0.1x', '1x', '10x'];

/** Colour and sign say the same. */
const SIGNS: Readonly<Record<Sent['status'], readonly [sign: string, tone: string]>> = {
  asked: ['…', 'plain'],
  done: ['✔', 'good'],
  refused: ['✘ refused:', 'bad'],
  pending: ['… pending:', 'plain'],
  failed: ['✘ not sent:', 'bad'],
};

export function commandPart(page: Page): VNode {
  const { commanding } = page;
  return h(
    'section',
    { 'aria-label': 'Commands' },
    h('h2', null, 'Command'),
    commanding.hasToken ? commandForm(page) : tokenForm(page),
    sentList(page.doing.state.sent),
  );
}

function tokenForm(page: Page): VNode {
  const keep = (): void => page.commanding.keepToken();
  return form(
    'Token',
    keep,
    field(page, 'token', 'Token', { type: 'password', required: true, size: 30 }),
    h('button', { type: 'submit' }, 'Keep the token'),
    h('p', { class: 'quiet' }, 'The server printed it when it started. It stays in this tab, and goes to this server alone.'),
  );
}

function commandForm(page: Page): VNode {
  const { commanding, doing } = page;
  return form(
    'Command',
    () => commanding.sendTyped(),
    field(page, 'command', 'Command', { list: 'command-lines', placeholder: 'crash fw1', size: 30, id: 'command' }),
    h('button', { type: 'submit' }, 'Send'),
    doing.state.pacePermille > 0 ? clockButtons(page) : stepButtons(page),
  );
}

/** Time that follows the clock: it stands still, goes on, or goes faster. */
function clockButtons({ commanding }: Page): VNode {
  const one = (face: string, label: string, change: ClockChange): VNode =>
    button(face, { label, onClick: () => void commanding.setClock(label, change) });
  return h(
    'div',
    { class: 'buttons', role: 'group', 'aria-label': 'Time' },
    one('Pause', 'Let no time pass', { paused: true }),
    one('Go on', 'Let time pass again', { paused: false }),
    PACES.map((pace) => one(pace, `Time at ${pace}`, { pace })),
  );
}

/** Time that moves by steps. */
function stepButtons({ commanding, doing }: Page): VNode {
  const { isRunning } = doing.state;
  return h(
    'div',
    { class: 'buttons', role: 'group', 'aria-label': 'Time' },
    button('1 s on', {
      label: '1 s on: let one second pass',
      isDisabled: isRunning,
      onClick: () => void commanding.send('step 1s'),
    }),
    button('10 s on', {
      label: '10 s on: let ten seconds pass',
      isDisabled: isRunning,
      onClick: () => void commanding.send('step 10s'),
    }),
    button(isRunning ? 'Pause' : 'Run', {
      label: isRunning ? 'Let no more time pass' : 'Let time pass until it is paused',
      isPressed: isRunning,
      onClick: () => (isRunning ? commanding.pause() : void commanding.run()),
    }),
  );
}

function sentList(sent: readonly Sent[]): Part {
  if (sent.length === 0) return null;
  const items = sent.map(({ number, text, status, detail }) => {
    const [sign, tone] = SIGNS[status];
    return h('li', { key: number }, h('code', null, text), ' ', h('span', { class: `mark ${tone}` }, sign), ` ${detail}`);
  });
  return h('ol', { class: 'sent', 'aria-label': 'Commands that were sent, the newest first', 'aria-live': 'polite' }, items);
}
