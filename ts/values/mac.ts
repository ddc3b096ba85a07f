/**
 * MAC addresses: text "00:50:56:aa:00:01" in the model and in events, a 48-bit number at the data plane's door.
 * The number's most significant byte is the first on the wire.
 */
export type Mac = string & { readonly __unit: 'mac' };

export const BROADCAST = 'ff:ff:ff:ff:ff:ff' as Mac;

const MAC_TEXT = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** Reads a MAC in colon or hyphen form, any case; null when it is not one. */
export function parseMac(text: string): Mac | null {
  const lower = text.toLowerCase().replaceAll('-', ':');
  return MAC_TEXT.test(lower) ? (lower as Mac) : null;
}

/** The 48-bit number of a MAC. */
export function macToNumber(mac: Mac): number {
  return Number.parseInt(mac.replaceAll(':', ''), 16);
}

/** The MAC of a 48-bit number. */
export function macFromNumber(value: number): Mac {
  const hex = value.toString(16).padStart(12, '0');
  return hex.replace(/(..)(?=.)/g, '$1:') as Mac;
}
