/** The token that a server asks for before it tells of its labs. */
import type { VNode } from 'preact';
import type { Page } from '../model/page.ts';
import { field, form } from './field.ts';
import { h } from './h.ts';

/** The same function each time: the field has the focus when it appears, and is left alone after that. */
const focus = (input: HTMLInputElement | null): void => input?.focus();

/** @param refusal why the last token was refused; empty for none */
export function readingPart(page: Page, refusal: string): VNode {
  const refused = { 'aria-invalid': refusal !== '', 'aria-describedby': 'reading-token' };
  return form(
    'Reading',
    () => page.admission.give(),
    h('h2', null, 'This server asks for a token to read'),
    field(page, 'token', 'Token', { type: 'password', required: true, size: 30, ref: focus, ...refused }),
    h('button', { type: 'submit', class: 'main' }, 'Read'),
    h('p', { class: 'trouble', role: 'alert', id: 'reading-token', hidden: refusal === '' }, refusal),
    h(
      'p',
      { class: 'quiet' },
      'Its operator has it. It goes to this server alone, and is kept nowhere; the browser keeps a cookie that no script sees.',
    ),
  );
}
