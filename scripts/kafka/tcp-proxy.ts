/** A TCP proxy on loopback in front of a broker. Whoever makes it decides what passes, and when a connection breaks. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Passes on what it wants to of a new connection. `cut` breaks both sides, as when a cable is pulled. */
export type Join = (client: Socket, broker: Socket, cut: () => void) => void;

export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(broker: () => number, join: Join) {
    this.#server = createServer((client) => this.#joined(client, connect(broker(), '127.0.0.1'), join));
  }

  /** @param broker port of the broker behind it, asked at each connection. */
  static async listen(broker: () => number, join: Join): Promise<TcpProxy> {
    const proxy = new TcpProxy(broker, join);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.breakAll();
  }

  #joined(client: Socket, broker: Socket, join: Join): void {
    const cut = (): void => {
      client.destroy();
      broker.destroy();
    };
    for (const socket of [client, broker]) {
      this.#sockets.add(socket);
      socket.on('error', cut);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        cut();
      });
    }
    join(client, broker, cut);
  }
}
