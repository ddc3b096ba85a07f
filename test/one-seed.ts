/**
 * Every property of the suite draws from one seed, so that one commit passes or fails, whoever tries it and however often.
 * SWITCHBACK_SEED in the environment looks elsewhere; a failure prints its seed.
 */
import fc from 'fast-check';

const { SWITCHBACK_SEED: seed = 20_240_611 } = process.env;
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(seed) });
