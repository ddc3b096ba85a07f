/** The file beside a mirror that stores its progress. Only the mirror may write to that directory. */
export const MIRROR_FILE = 'mirror.json';
