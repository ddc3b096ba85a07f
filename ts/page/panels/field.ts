/** A field with its name. */
import type { VNode } from 'preact';
import type { Draft } from '../model/doing-state.ts';
import type { Page } from '../model/page.ts';
import { h } from './h.ts';

/** A field of what is typed. */
export function field(page: Page, name: keyof Draft, label: string, attributes: Readonly<Record<string, unknown>> = {}): VNode {
  const onInput = (event: Event): void => page.doing.type({ [name]: (event.currentTarget as HTMLInputElement).value });
  const value = page.doing.state.draft[name];
  return h(
    'label',
    { class: 'field', key: name },
    h('span', null, label),
    h('input', { value, onInput, autocomplete: 'off', ...attributes }),
  );
}

/** A form that keeps the page. */
export function form(name: string, onSubmit: () => Promise<void> | void, ...children: Parameters<typeof h>[2][]): VNode {
  const submit = (event: Event): void => {
    event.preventDefault();
    void onSubmit();
  };
  return h('form', { 'aria-label': name, onSubmit: submit }, ...children);
}
