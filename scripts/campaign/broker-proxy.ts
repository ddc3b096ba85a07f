/** A TCP proxy on loopback in front of a broker, which can be slow, silent or cut. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

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
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: () => number) {
    this.#server = createServer((client) => this.#join(client, port()));
  }

  /** `port`: that of the broker, asked for with each connection. */
  static async listen(port: () => number): Promise<BrokerProxy> {
    const proxy = new BrokerProxy(port);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  /** Null: nothing is disturbed any more. What a silence held back is lost with its connection, as when a cable is pulled. */
  disturb(disturbance: Disturbance | null): void {
    const wasSilent = this.#disturbance?.kind === 'silence';
    this.#disturbance = disturbance;
    if (wasSilent || disturbance?.kind === 'cut') this.#breakAll();
  }

  close(): void {
    this.#server.close();
    this.#breakAll();
  }

  #breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket, port: number): void {
    if (this.#disturbance?.kind === 'cut') {
      client.destroy();
      return;
    }
    const broker = connect(port, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on('error', end);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        end();
      });
    }
    this.#pipe(client, broker);
    this.#pipe(broker, client);
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
