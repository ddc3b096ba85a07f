/** A listening server, and requests to it with headers that `fetch` would not send. */
import { once } from 'node:events';
import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';

export interface WireAnswer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export async function send(url: string, options: RequestOptions = {}, body?: string): Promise<WireAnswer> {
  const asked = request(url, options);
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  return { statusCode: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}

/** Sends bytes as they are, and answers what comes back until the other side closes. */
export function sendRaw(url: string, bytes: string): Promise<string> {
  const socket = dial(url);
  socket.write(bytes);
  return text(socket);
}

/** The same for bytes that may be the beginning of something: nobody waits for its end. */
export async function exchange(url: string, bytes: string, waitMs: number): Promise<string> {
  const socket = dial(url);
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    answer += chunk;
  });
  socket.on('error', () => undefined).setTimeout(waitMs, () => socket.destroy());
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

export function dial(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname);
}
