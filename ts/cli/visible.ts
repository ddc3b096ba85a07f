/**
 * What a terminal must not obey: names and texts come from files that others wrote, and an escape sequence in one of them could
 * repaint the screen or turn the text around. Control characters are shown as JSON writes them, so JSON keeps its meaning.
 */
import { randomInt } from 'node:crypto';

/**
 * A number that no file can know marks the colours of this process until they are written. It stands inside the sequence
 * (SGR, ECMA-48 8.3.117), where whoever measures the width of a text skips it.
 */
const MARK = randomInt(2 ** 40);
const RESET = 0;

/** C0 but the line end, DEL and C1 (category Cc), what turns the direction of a text, and the two line ends of Unicode. */
const OBEYED = new RegExp(`\\u001b\\[${MARK};(\\d+)m|(?!\\n)[\\p{Cc}\\p{Bidi_Control}\\u2028\\u2029]`, 'gu');

/** A text in a colour, by its SGR code. Only `visible` makes a sequence of it that terminals understand. */
export function coloured(code: number, text: string): string {
  return `\u001b[${MARK};${code}m${text}\u001b[${MARK};${RESET}m`;
}

/** A text for a terminal: our own colours stay, every other control character is spelt out. Lines stay lines. */
export function visible(text: string): string {
  return text.replace(OBEYED, (found, code?: string) =>
    code === undefined ? `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}` : `\u001b[${code}m`,
  );
}
