/** Elements of the document, and parts that keep something of their own. Attributes of elements are not checked by type: their names are HTML's. */
import { type ComponentChildren, type ComponentClass, h as create, type VNode } from 'preact';

export type Child = ComponentChildren;

/** An element. Text among its children is text, whatever it looks like. */
export function h(tag: string, attributes: Readonly<Record<string, unknown>> | null, ...children: Child[]): VNode {
  return create(tag, attributes, ...children) as VNode;
}

/** A part that keeps something of its own, with its properties. */
export function part<P extends object>(component: ComponentClass<P, never> | ComponentClass<P>, properties: P): VNode {
  return create(component as ComponentClass<P>, properties as never) as VNode;
}
