import { closed, integer, list, published, text } from './values.ts';

export const captureSchema = published(
  'switchback capture -f json',
  closed({ lab: text, file: text, frames: integer, dropped: integer, interfaces: list(text) }),
);
