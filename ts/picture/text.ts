/** Texts in a picture: how wide they are, and numbers as people read them. */

/** Characters of a name that are drawn; its title has all of it. */
const SHOWN_MAX = 24;
/** Mean width of a character in the widest of the fonts that a system may have for the picture, px. */
const CHARACTER_PX = 7.6;
const THOUSAND = 1000;
const UNITS = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'] as const;
const PPM_PER_PERCENT = 10_000;
const TENTHS = 10;

/** A name as it is drawn: long ones end in an ellipsis. */
export function shown(name: string): string {
  const letters = [...name];
  return letters.length <= SHOWN_MAX ? name : `${letters.slice(0, SHOWN_MAX - 1).join('')}…`;
}

/** What XML cannot hold, and what turns the direction of a text: control characters but the line end, halves of pairs, the last two of a plane. */
const ILLEGIBLE = /(?!\n)[\p{Cc}\p{Cs}\p{Bidi_Control}\u2028\u2029\ufffe\uffff]/gu;

/** A text that every document can hold; other characters are spelt out as JSON writes them. */
export function legible(text: string): string {
  return text.replace(ILLEGIBLE, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Room for a name, px. */
export function widthOf(text: string): number {
  return Math.ceil(CHARACTER_PX * Math.min([...text].length, SHOWN_MAX));
}

/** "9.6 Gbit/s". */
export function bitsText(bps: number): string {
  let value = bps;
  let unit = 0;
  while (value >= THOUSAND && unit < UNITS.length - 1) {
    value /= THOUSAND;
    unit += 1;
  }
  return `${Math.round(value * TENTHS) / TENTHS} ${UNITS[unit]}`;
}

/** "0.1 %", of parts per million. */
export function percentText(ppm: number): string {
  return `${ppm / PPM_PER_PERCENT} %`;
}

/** 58900 as "58,900". */
export function countText(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** "1 frame", "2 frames". */
export function countedText(value: number, noun: string): string {
  return `${countText(value)} ${noun}${value === 1 ? '' : 's'}`;
}
