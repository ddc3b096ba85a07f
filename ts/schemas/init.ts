import { closed, list, oneOf, orNull, published, text } from './values.ts';

const template = oneOf('two-hosts', 'ha-pair');

export const initSchema = {
  ...published('switchback init -f json', {}),
  oneOf: [
    closed({ file: text, lab: text, template, platform: text, attachment: text }, ['platform', 'attachment']),
    closed({ templates: list(closed({ template, platform: orNull(text), attachment: orNull(text) })) }),
  ],
};
