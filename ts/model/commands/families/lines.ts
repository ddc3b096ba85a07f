/** Impairments of lines. */

import type { Impairment } from '../../lab/links.ts';
import { command, family, settingsOr, value, word } from '../grammar.ts';
import { DURATION, endpoint, PERCENT, RATE } from '../values.ts';

/** `change` is merged into what the direction has; null resets it. */
const impair = command({
  verb: 'impair',
  grammar: [
    word('impair'),
    value('endpoint', endpoint('NODE:INTERFACE')),
    settingsOr<Impairment>('reset')('change', {
      delay: { field: 'delayNs', value: DURATION },
      jitter: { field: 'jitterNs', value: DURATION },
      loss: { field: 'lossPpm', value: PERCENT },
      corruption: { field: 'corruptionPpm', value: PERCENT },
      rate: { field: 'rateBps', value: RATE },
    }),
  ],
  help: 'Sets the impairment of frames that leave this interface; for the other direction, name the other end.',
  doc: [
    'New settings are merged into earlier ones, so the second example keeps the delay of the first; `reset` removes the impairment.',
    '`LineChanged` holds all settings, after the change. Lost frames are dropped at the sender, `impairment`; corrupted frames',
    "at the receiver, `corrupted`; frames that do not fit the link's queue at a lower rate, `queue-full`. Frames stay in order.",
    "`rate 0` keeps the link's own rate. Frames that are already queued or on the line are not changed.",
  ],
  examples: ['impair client:eth0 delay 5ms jitter 1ms', 'impair client:eth0 loss 1% rate 10M', 'impair client:eth0 reset'],
});

export const LINES = family('Lines', [impair]);
