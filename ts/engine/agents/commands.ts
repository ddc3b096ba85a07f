/**
 * Carries out commands. The table of the verb gives all reasons to refuse a command at once, or performs it and records its effects.
 * A refused command records only its refusal.
 */
import type { Command } from '../../model/commands/command.ts';
import { parseRecorded as parseCommand } from '../../model/commands/recorded.ts';
import type { Position } from '../../model/events/events.ts';
import type { Turn } from '../turn/turn.ts';
import type { Verb, Verbs } from '../turn/verbs.ts';
import { CONFIG_VERBS } from './config/config-verbs.ts';
import { DEVICE_VERBS } from './devices/device-verbs.ts';
import { NIC_VERBS } from './devices/nic-verbs.ts';
import { HA_VERBS } from './ha/ha-verbs.ts';
import { MAC_VERBS } from './mac/mac-verbs.ts';
import { PORT_VERBS } from './ports/port-verbs.ts';
import { POWER_VERBS } from './power.ts';
import { SESSION_VERBS } from './sessions/session-verbs.ts';
import { FLOW_VERBS } from './traffic/flow-verbs.ts';
import { TRAFFIC_VERBS } from './traffic/traffic-verbs.ts';

const VERBS: Verbs<Command['verb']> = {
  ...POWER_VERBS,
  ...PORT_VERBS,
  ...MAC_VERBS,
  ...CONFIG_VERBS,
  ...HA_VERBS,
  ...NIC_VERBS,
  ...DEVICE_VERBS,
  ...TRAFFIC_VERBS,
  ...FLOW_VERBS,
  ...SESSION_VERBS,
};

/** Handles a command's text: accepts or refuses it, and says what follows. */
export function handleCommand(turn: Turn, text: string, cause: Position): void {
  const parsed = parseCommand(text);
  if ('error' in parsed) {
    turn.say('CommandRefused', cause, { command: text, reasons: [parsed.error] });
    return;
  }
  const { command } = parsed;
  // The table's type gives each verb the command of that verb.
  const verb = VERBS[command.verb] as Verb<Command['verb']>;
  const reasons = verb.refusals(command, turn.index, turn.state);
  if (reasons.length > 0) turn.say('CommandRefused', cause, { command: text, reasons });
  else verb.perform(turn, command, turn.say('CommandAccepted', cause, { command: text }));
}
