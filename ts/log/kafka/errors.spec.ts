import { describe, expect, test } from 'vitest';
import { codeOf, isFencing, isLeaderless, isPassing, waitUntil } from './errors.ts';

/** As kafkajs makes them from a broker's answer (src/errors.js, src/protocol/error.js). */
function protocolError(type: string, code: number, message: string): Error {
  return Object.assign(new Error(message), { name: 'KafkaJSProtocolError', type, code });
}

describe('the error of a broker', () => {
  const fenced = protocolError('INVALID_PRODUCER_EPOCH', 47, 'Producer attempted an operation with an old epoch');
  const unknown = protocolError('KAFKAJS_UNKNOWN_ERROR_CODE', -99, 'Unknown error code 90');

  test.each([
    ['with the old epoch', fenced],
    ['that kafkajs does not know, by its number', unknown],
    ['inside the error of a retry', new Error('retries exceeded', { cause: fenced })],
    ['inside an error of kafkajs', Object.assign(new Error('non-retriable'), { originalError: unknown })],
  ])('%s means that the writer is fenced', (_, error) => {
    expect(isFencing(error)).toBe(true);
  });

  test.each([
    ['another unknown one', protocolError('KAFKAJS_UNKNOWN_ERROR_CODE', -99, 'Unknown error code 91')],
    ['a closed connection', Object.assign(new Error('Closed connection'), { code: 'ECONNRESET' })],
    ['none at all', null],
  ])('does not when it is %s', (_, error) => {
    expect(isFencing(error)).toBe(false);
  });

  test('says whether asking again may help', () => {
    const busy = Object.assign(protocolError('CONCURRENT_TRANSACTIONS', 51, 'busy'), { retriable: true });
    expect(isPassing(busy)).toBe(true);
    expect(isPassing(Object.assign(fenced, { retriable: true }))).toBe(false);
    expect(isPassing(protocolError('MESSAGE_TOO_LARGE', 10, 'too large'))).toBe(false);
    expect(codeOf(new Error('?'))).toBeNull();
  });

  test('says whether a partition is without a leader for the moment', () => {
    expect(isLeaderless(protocolError('NOT_LEADER_FOR_PARTITION', 6, 'not the leader'))).toBe(true);
    expect(isLeaderless(protocolError('LEADER_NOT_AVAILABLE', 5, 'no leader'))).toBe(true);
    expect(isLeaderless(fenced)).toBe(false);
  });

  test('is waited out when it is worth it, and thrown at once when it is not', async () => {
    const notLeader = protocolError('NOT_LEADER_FOR_PARTITION', 6, 'not the leader');
    const answers = [notLeader, notLeader, 7];
    const ask = () => {
      const answer = answers.shift();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    expect(await waitUntil(ask, isLeaderless)).toBe(7);
    await expect(waitUntil(() => Promise.reject(fenced), isLeaderless)).rejects.toBe(fenced);
  });
});
