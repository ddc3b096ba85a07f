/** What a living lab understands besides its commands. It is an input of another type, `TimeAdvanced`, and no lab file's step. */

import { command, family, value, word } from '../grammar.ts';
import { DURATION } from '../values.ts';

const step = command({
  verb: 'step',
  grammar: [word('step'), value('ns', DURATION)],
  help: 'Lets time pass in a living lab whose time moves by steps.',
  doc: [
    '`TimeAdvanced`. For `switchback exec` and the API; in a lab file, `at` says when a step happens. A lab that was deployed with',
    'a pace follows the clock and refuses it.',
  ],
  examples: ['step 5s'],
});

export const TIME = family('Time of a living lab', [step]);
