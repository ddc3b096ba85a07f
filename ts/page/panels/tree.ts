/** The nodes of the lab at the cursor, as a list below the picture: kind, role, power, carrier, in words beside their signs. */
import type { VNode } from 'preact';
import type { Json } from '../ask/questions.ts';
import type { Page } from '../model/page.ts';
import { nodeOf } from '../model/page-state.ts';
import { h } from './h.ts';
import { type Part, rowsIn } from './parts.ts';
import { still } from './still.ts';

export function tree(page: Page): VNode {
  const { lab, recorded, selected } = page.state;
  const { ha, nodes, interfaces } = recorded.status === 'there' ? recorded.value : ({} as Json);
  return still([lab?.nodes, ha, nodes, interfaces, selected], () => nodeList(page));
}

function nodeList(page: Page): VNode {
  const { lab, recorded, selected } = page.state;
  const state = recorded.status === 'there' ? recorded.value : {};
  const marks = marksOf(state);
  const items = (lab?.nodes ?? []).map(({ name, kind }) =>
    h(
      'li',
      { key: name },
      h(
        'button',
        {
          type: 'button',
          class: 'node',
          'aria-pressed': name === nodeOf(selected) ? 'true' : 'false',
          onClick: () => page.select(name === selected ? null : name),
        },
        h('span', { class: 'name' }, name),
        h('span', { class: 'kind' }, kind),
        ...(marks.get(name) ?? []),
      ),
    ),
  );
  return h(
    'nav',
    { class: 'tree', 'aria-label': 'Nodes' },
    h(
      'details',
      { open: matchMedia('(max-width: 640px)').matches },
      h('summary', null, `Nodes (${items.length})`),
      h('ul', null, items),
    ),
  );
}

function marksOf(state: Json): ReadonlyMap<string, Part[]> {
  const marks = new Map<string, Part[]>();
  const add = (node: unknown, tone: string, text: string): void => {
    const name = String(node);
    marks.set(name, [...(marks.get(name) ?? []), h('span', { class: `mark ${tone}` }, text)]);
  };
  for (const { node, state: role } of rowsIn(state['ha'])) {
    add(
      node,
      role === 'active' ? 'good' : role === 'passive' ? 'idle' : 'plain',
      `${role === 'active' ? '●' : '○'} ${String(role)}`,
    );
  }
  const crashed = new Set(rowsIn(state['nodes']).flatMap(({ node, power }) => (power === 'running' ? [] : [String(node)])));
  for (const { node, power } of rowsIn(state['nodes'])) if (power !== 'running') add(node, 'bad', `✗ ${String(power)}`);
  const down = new Map<string, string[]>();
  for (const { node, interface: name, state: is } of rowsIn(state['interfaces'])) {
    if (is === 'up' || crashed.has(String(node))) continue;
    down.set(String(node), [...(down.get(String(node)) ?? []), String(name)]);
  }
  for (const [node, names] of down)
    add(node, 'bad', `⚡ ${names.length > 2 ? `${names.length} interfaces` : names.join(', ')} down`);
  return marks;
}
