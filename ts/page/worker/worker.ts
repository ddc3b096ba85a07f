/** The worker's script: questions come in, answers go out. Nothing here asks the network for anything. */
import type { Asked, FromWorker } from '../ask/questions.ts';
import { Desk } from './desk.ts';

/** The part of a dedicated worker's global scope that is used here. */
interface Scope {
  postMessage(message: FromWorker): void;
  addEventListener(type: 'message', listener: (event: MessageEvent<Asked>) => void): void;
  addEventListener(type: 'securitypolicyviolation', listener: (event: SecurityPolicyViolationEvent) => void): void;
}

const scope = globalThis as unknown as Scope;

const slicing = { nowMs: () => performance.now(), pause: () => new Promise<void>((resolve) => setTimeout(resolve, 0)) };
const desk = new Desk(slicing, {
  proof: (proof) => scope.postMessage({ kind: 'proof', proof }),
  piece: (piece) => scope.postMessage({ kind: 'piece', piece }),
});

async function answer({ id, question, ask }: Asked): Promise<FromWorker> {
  try {
    return { kind: 'answer', id, answer: await desk.answer(question, ask) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'refusal', id, name, message };
  }
}

scope.addEventListener('message', ({ data }) => void answer(data).then((message) => scope.postMessage(message)));
scope.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
  scope.postMessage({ kind: 'violation', directive: effectiveDirective }),
);
