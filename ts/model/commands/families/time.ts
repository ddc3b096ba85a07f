/** The line `step`, which only living labs accept. It becomes another input, `TimeAdvanced`, and cannot be a step of a lab file. */

import { command, family, value, word } from '../grammar.ts';
import { DURATION } from '../values.ts';

const step = command({
  verb: 'step',
  grammar: [word('step'), value('ns', DURATION)],
  help: 'Advances the time of a living lab whose time moves by steps.',
  doc: [
    '`TimeAdvanced`. Use it with `switchback exec` and the API; in a lab file, `at` sets the time of a step. A lab that was deployed',
    'with a pace follows the clock and refuses this command.',
  ],
  examples: ['step 5s'],
});

export const TIME = family('Time of a living lab', [step]);
