/** A worker that runs the data plane of one bundle, once. */
import { parentPort } from 'node:worker_threads';
import { enginesOf } from '../engine/host.ts';
import { cappedWasm } from './capped-wasm.ts';
import { bytesOf } from './file/bundle-file.ts';
import type { OwnEngine, ToOwnEngine } from './own-engine.ts';
import { verifyBundle } from './verify-bundle.ts';

const port = parentPort;
if (port === null) throw new Error('own-engine-worker runs as a worker only');

async function verdictOf({ source, wasm }: ToOwnEngine): Promise<OwnEngine> {
  try {
    const { verification } = await verifyBundle(bytesOf(source), enginesOf(cappedWasm(wasm)));
    if (verification.verified) return { verdict: 'agrees', detail: `${verification.positions} events, all identical` };
    return { verdict: 'differs', detail: `position ${verification.position}: ${verification.divergence.reason}` };
  } catch (error) {
    return { verdict: 'fails', detail: error instanceof Error ? error.message : String(error) };
  }
}

port.on('message', (asked: ToOwnEngine) => void verdictOf(asked).then((verdict) => port.postMessage(verdict)));
