/** What a line does to frames. */

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
  help: 'Sets what the line does to frames that leave this interface; the other direction is set at the other end.',
  doc: [
    'Settings are merged into those before, so the second example keeps the delay of the first; `reset` makes it a plain line.',
    '`LineChanged` holds all of them, after the change. Lost frames are dropped where they leave, `impairment`; corrupted ones',
    "where they arrive, `corrupted`; frames that a lower rate delays beyond the link's queue, `queue-full`. Frames stay in order.",
    "`rate 0` is the link's own rate. Frames already on the line, or queued, are not changed.",
  ],
  examples: ['impair client:eth0 delay 5ms jitter 1ms', 'impair client:eth0 loss 1% rate 10M', 'impair client:eth0 reset'],
});

export const LINES = family('Lines', [impair]);
