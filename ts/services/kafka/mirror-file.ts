/** Lies beside a mirror and says how far it came. Where it lies, nobody but the mirror may write. */
export const MIRROR_FILE = 'mirror.json';
