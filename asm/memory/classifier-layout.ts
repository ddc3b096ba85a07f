/** Bytes of what a poll thread of OVS asks behind its exact-match cache (asm/io/classifier.ts). As layout.ts: constants only. */

/** 262,144 places for four signatures. */
export const SIGNATURE_CACHE_BYTES = 4_194_304;
/** 8,192 megaflows. */
export const CLASSIFIER_BYTES = 131_072;
