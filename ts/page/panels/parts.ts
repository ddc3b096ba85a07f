/** Small parts that panels share. */
import type { VNode } from 'preact';
import type { Answer } from '../model/answer.ts';
import type { Page } from '../model/page.ts';
import { h } from './h.ts';

export type Part = VNode | string | null;

/** A position that leads there. */
export function positionLink(page: Page, position: number): VNode {
  return h('button', { type: 'button', class: 'link', onClick: () => page.moveTo(position) }, `#${position}`);
}

/** An answer, or what is to be said while it is not there. */
export function answered<T>(answer: Answer<T>, asked: string, show: (value: T) => Part): Part {
  switch (answer.status) {
    case 'none':
    case 'asked':
      return h('p', { class: 'quiet', role: 'status' }, asked);
    case 'failed':
      return h('p', { class: 'trouble', role: 'alert' }, answer.message);
    case 'there':
      return show(answer.value);
  }
}

interface ButtonOptions {
  readonly label: string;
  readonly keys?: string;
  readonly isPressed?: boolean;
  readonly isDisabled?: boolean;
  readonly onClick: () => void;
}

/** A button whose face may be a picture: its label says what it does, and which key does the same. */
export function button(face: string | VNode, { label, keys, isPressed, isDisabled = false, onClick }: ButtonOptions): VNode {
  const title = keys === undefined ? label : `${label} (${keys})`;
  return h(
    'button',
    {
      type: 'button',
      title,
      'aria-label': title,
      disabled: isDisabled,
      ...(isPressed === undefined ? {} : { 'aria-pressed': isPressed ? 'true' : 'false' }),
      onClick,
    },
    face,
  );
}

/** A value of an answer as a text; what is no text, number or truth is JSON. */
export function textOfValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(', ');
  return JSON.stringify(value);
}

/** An array of objects in an answer; nothing for anything else. */
export function rowsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null);
}
