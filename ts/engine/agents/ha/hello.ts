/**
 * Hellos: what a unit tells its peer about itself (rules HA-02, HA-04). It says hello on the first control link that works; news of a change
 * of state goes the same way.
 */
import type { Position } from '../../../model/events/events.ts';
import type { Turn } from '../../turn/turn.ts';
import { sendMessage } from './control-message.ts';
import { ha1MacOf, haOf } from './ends.ts';
import { linkInUse } from './link.ts';

/** What a hello says. */
export interface Hello {
  readonly group: number;
  readonly state: string;
  readonly priority: number;
  readonly mac: string;
  /** Only where the unit is (rule HA-14). */
  readonly preemptive?: true;
}

/** Tells the peer, at once, what this unit is. */
export function sendHello(turn: Turn, node: string, cause: Position): void {
  const membership = turn.index.ha.get(node);
  if (membership === undefined || !haOf(turn, node).isProcessRunning) return;
  const hello: Hello = {
    group: membership.pair.group,
    state: haOf(turn, node).state,
    priority: membership.self.priority,
    mac: ha1MacOf(turn, node),
    ...(membership.self.preemptive === true && { preemptive: true }),
  };
  sendMessage(turn, node, linkInUse(turn, node), hello, cause);
}

/** The hello that a message is; null for another one. */
export function helloIn(message: unknown): Hello | null {
  const hello = message as Partial<Hello> | null;
  const whole = typeof hello?.group === 'number' && typeof hello.priority === 'number' && typeof hello.mac === 'string';
  return whole && typeof hello.state === 'string' ? (hello as Hello) : null;
}
