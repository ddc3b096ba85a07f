/**
 * A proxy in front of a broker which loses one message on purpose: the request to end a transaction, or the answer to it. The
 * connection breaks at that moment, as it does when a cable is pulled. Or the end itself is lost: the client is told that the
 * transaction is committed, and the partition never learns of it.
 *
 * Kafka's frames: length i32, then for requests api key i16, version i16, correlation id i32
 * (https://kafka.apache.org/protocol#protocol_messages).
 */
import type { Socket } from 'node:net';
import { TcpProxy } from '../../scripts/kafka/tcp-proxy.ts';

const END_TXN = 26;

export type Loss = 'request' | 'answer' | 'marker' | null;

export class LossyProxy {
  /** What is lost next; nothing when null. */
  lose: Loss = null;
  lost = 0;
  #proxy!: TcpProxy;

  private constructor() {}

  /** @param broker port of the broker behind it, asked at each connection. */
  static async listen(broker: () => number): Promise<LossyProxy> {
    const proxy = new LossyProxy();
    proxy.#proxy = await TcpProxy.listen(broker, (...sides) => proxy.#join(...sides));
    return proxy;
  }

  get port(): number {
    return this.#proxy.port;
  }

  close(): void {
    this.#proxy.close();
  }

  #join(client: Socket, broker: Socket, cut: () => void): void {
    let cutAtAnswer = false;
    let rest = Buffer.alloc(0);
    client.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      for (let frame = frameIn(rest); frame !== null; frame = frameIn(rest)) {
        rest = rest.subarray(frame.length);
        if (frame.readInt16BE(4) === END_TXN && this.lose !== null) {
          const loss = this.lose;
          this.lose = null;
          this.lost++;
          if (loss === 'request') return cut();
          if (loss === 'marker') {
            client.write(committed(frame));
            continue;
          }
          cutAtAnswer = true;
        }
        broker.write(frame);
      }
    });
    broker.on('data', (bytes: Buffer) => (cutAtAnswer ? cut() : void client.write(bytes)));
  }
}

/** The answer to a request to end a transaction that says no error: correlation id i32, throttle time i32, error i16. */
function committed(request: Buffer): Buffer {
  const answer = Buffer.alloc(14);
  answer.writeInt32BE(10, 0);
  request.copy(answer, 4, 8, 12);
  return answer;
}

/** The first whole request in the bytes that came; null when there is none. */
function frameIn(bytes: Buffer): Buffer | null {
  if (bytes.length < 4) return null;
  const length = 4 + bytes.readInt32BE(0);
  return bytes.length < length ? null : bytes.subarray(0, length);
}
