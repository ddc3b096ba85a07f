/** A proxy in front of a broker, which can be slow, silent or cut. */
import type { Socket } from 'node:net';
import { TcpProxy } from '../kafka/tcp-proxy.ts';

export type Disturbance =
  /** Every piece of data comes so much later, ms, in both directions. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** So many bytes a second pass in each direction of a connection. */
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Connections stay open, and nothing passes. */
  | { readonly kind: 'silence' }
  /** All connections break, and new ones do too. */
  | { readonly kind: 'cut' };

export class BrokerProxy {
  #disturbance: Disturbance | null = null;
  #proxy!: TcpProxy;

  private constructor() {}

  /** `port`: that of the broker, asked for with each connection. */
  static async listen(port: () => number): Promise<BrokerProxy> {
    const proxy = new BrokerProxy();
    proxy.#proxy = await TcpProxy.listen(port, (client, broker, cut) => proxy.#join(client, broker, cut));
    return proxy;
  }

  get port(): number {
    return this.#proxy.port;
  }

  /** Null: nothing is disturbed any more. What a silence held back is lost with its connection, as when a cable is pulled. */
  disturb(disturbance: Disturbance | null): void {
    const wasSilent = this.#disturbance?.kind === 'silence';
    this.#disturbance = disturbance;
    if (wasSilent || disturbance?.kind === 'cut') this.#proxy.breakAll();
  }

  close(): void {
    this.#proxy.close();
  }

  #join(client: Socket, broker: Socket, cut: () => void): void {
    if (this.#disturbance?.kind === 'cut') {
      cut();
    } else {
      this.#pipe(client, broker);
      this.#pipe(broker, client);
    }
  }

  #pipe(from: Socket, to: Socket): void {
    // When the last piece has passed: pieces stay in order, whatever becomes of the delay meanwhile.
    let freeMs = 0;
    from.on('data', (bytes: Buffer) => {
      const disturbance = this.#disturbance;
      if (disturbance?.kind === 'silence') return;
      const nowMs = performance.now();
      if (disturbance?.kind === 'delay') freeMs = Math.max(freeMs, nowMs + disturbance.ms);
      if (disturbance?.kind === 'throttle') freeMs = Math.max(freeMs, nowMs) + (bytes.length / disturbance.bytesPerSecond) * 1000;
      if (freeMs <= nowMs) to.write(bytes);
      else setTimeout(() => to.writable && to.write(bytes), freeMs - nowMs);
    });
  }
}
