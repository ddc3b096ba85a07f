/** What lab is shown, at which moment, how far it is proven; and the ways to another moment. */
import type { VNode } from 'preact';
import type { Proof } from '../ask/questions.ts';
import type { Page } from '../model/page.ts';
import type { Link } from '../model/page-state.ts';
import { stepToDrop } from '../model/stepping.ts';
import { momentIn, timeText } from '../timeline/labels.ts';
import { saveBundle } from './download-part.ts';
import { h } from './h.ts';
import { icon } from './icons.ts';
import { button, type Part } from './parts.ts';

export function topBar(page: Page, openFile: () => void): VNode {
  const { lab, cursor, line, isPlaying, view, other } = page.state;
  if (lab === null) return h('header', { class: 'bar' }, h('h1', null, 'Switchback'));
  const at = line?.position === cursor ? line : null;
  return h(
    'header',
    { class: 'bar' },
    h('h1', null, lab.lab),
    h(
      'div',
      { class: 'moment' },
      h('strong', { class: 'at' }, `At #${cursor}`),
      h('span', null, ` of ${lab.positions} · ${timeText(lab.events.atNs[cursor - 1] ?? 0)}`),
    ),
    linkBadge(page.state.link),
    page.state.isReading ? h('div', { class: 'badge', role: 'status' }, `reading: #${lab.positions} so far`) : null,
    badge(page.state.proof),
    h(
      'div',
      { class: 'buttons', role: 'toolbar', 'aria-label': 'Moments' },
      button(icon('first'), { label: 'First event', keys: 'Home', onClick: () => page.moveTo(1) }),
      button(icon('previous'), { label: 'Previous event', keys: ',', onClick: () => page.step(-1) }),
      button(icon(isPlaying ? 'pause' : 'play'), {
        label: isPlaying ? 'Pause' : 'Play',
        keys: 'space',
        onClick: () => (isPlaying ? page.stop() : page.play()),
      }),
      button(icon('next'), { label: 'Next event', keys: '.', onClick: () => page.step(1) }),
      button(icon('last'), { label: 'Last event', keys: 'End', onClick: () => page.moveTo(lab.positions) }),
      button(icon('drop'), { label: 'Next drop', keys: 'x', onClick: () => stepToDrop(page, 1) }),
      goTo(page),
      search(page),
      button(view.axis === 'time' ? 'Axis: time' : 'Axis: events', {
        label: `Axis: ${view.axis === 'time' ? 'time; change to events' : 'events; change to time'}`,
        keys: 'e',
        onClick: () => page.setAxis(view.axis === 'time' ? 'event' : 'time'),
      }),
      button(other === null ? 'Set B' : `B #${other}`, {
        label: other === null ? 'Set B, the cursor to compare with' : `B #${other}: take this cursor away`,
        keys: 'b',
        onClick: () => page.setOther(other === null ? cursor : null),
      }),
      button('Open…', { label: 'Open another bundle', onClick: openFile }),
      button('Save', { label: 'Save the bundle as a file', onClick: () => void saveBundle(page) }),
      button('?', { label: 'Keys', keys: '?', onClick: () => page.set({ isHelpOpen: true }) }),
    ),
    h('p', { class: 'event', 'aria-live': 'polite' }, at === null ? '' : `#${at.position} ${at.type} ${at.who} ${at.text}`),
  );
}

function badge(proof: Proof | null): Part {
  if (proof === null) return null;
  const [face, text, title] = badgeText(proof);
  return h(
    'div',
    { class: `badge ${proof.status}`, role: 'status', title },
    h('span', { 'aria-hidden': 'true' }, face),
    ` ${text}`,
  );
}

/** Whether what is shown is a file, or a lab that lives on. */
function linkBadge({ status, detail }: Link): Part {
  if (status === 'none') return null;
  const tones = { live: 'proven', cut: 'diverged', ended: '', tampered: 'failed', other: 'diverged' };
  const texts = {
    live: '● live',
    cut: '○ server does not answer',
    ended: '■ lab was removed',
    tampered: `✘ refused: ${detail}`,
    other: `⚠ ${detail}`,
  };
  return h('div', { class: `badge link ${tones[status]}`, role: 'status' }, texts[status]);
}

function badgeText(proof: Proof): readonly [face: string, text: string, title: string] {
  switch (proof.status) {
    case 'running':
      return ['…', `proven to #${proof.proven} of ${proof.of}`, 'The lab is executed again from its inputs alone.'];
    case 'proven': {
      const checked = proof.checkpoints === 0 ? '' : `; ${proof.checkpoints} checkpoints compared`;
      return ['✔', `proven #1–#${proof.proven}`, `Every event was decided again, byte for byte; chain ${proof.chain}${checked}`];
    }
    case 'diverged':
      return ['✘', `not proven: differs at #${proof.position}: ${proof.reason}`, ''];
    case 'failed':
      return ['✘', `not proven beyond #${proof.proven}: ${proof.reason}`, ''];
  }
}

function goTo(page: Page): VNode {
  const submit = (event: Event): void => {
    event.preventDefault();
    const input = (event.currentTarget as HTMLFormElement).elements.namedItem('moment') as HTMLInputElement;
    const moment = momentIn(input.value);
    input.setCustomValidity(moment === null ? 'A position such as #98, or a time such as 12.5s' : '');
    input.reportValidity();
    if (moment === null) return;
    if ('position' in moment) page.moveTo(moment.position);
    else page.moveToTime(moment.atNs);
  };
  const attributes = {
    id: 'go-to',
    name: 'moment',
    placeholder: '#98 or 12.5s',
    'aria-label': 'Go to a position or time (g)',
    size: 11,
  };
  const onInput = (event: Event): void => (event.currentTarget as HTMLInputElement).setCustomValidity('');
  return h('form', { class: 'go', onSubmit: submit }, h('input', { ...attributes, autocomplete: 'off', onInput }));
}

function search(page: Page): VNode {
  const find = async (input: HTMLInputElement, backwards: boolean): Promise<void> => {
    const found = input.value === '' || (await page.find(input.value, backwards));
    input.setCustomValidity(found ? '' : 'No event has this text');
    input.reportValidity();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    void find(event.currentTarget as HTMLInputElement, event.shiftKey);
  };
  const attributes = {
    id: 'search',
    type: 'search',
    placeholder: 'find',
    'aria-label': 'Find the next event with a text (/)',
    size: 10,
  };
  const onInput = (event: Event): void => (event.currentTarget as HTMLInputElement).setCustomValidity('');
  return h('input', { ...attributes, autocomplete: 'off', onKeyDown, onInput });
}
