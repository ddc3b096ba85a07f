/** The server that sent this page, asked over its HTTP API (docs/api.md). */
import type { Json } from './ask/questions.ts';
import type { TokenKeeper } from './model/commanding.ts';
import { type ClockChange, type CommandOutcome, type EventSink, type Server, TokenRefused } from './model/follow.ts';

const LABS = '../v1/labs';
const SESSION = '../v1/session';
const REFUSED = 'the server wants its token, and this is not it';
/** How long a command may take before the server answers that it goes on, s. */
const WAIT_S = 30;
const TOKEN = 'switchback-token';

/** Null for a page that no server sent: one from a disk, or one that is all in one file. */
export function serverOfPage(isAlone: boolean): Server | null {
  if (isAlone || !/^https?:$/.test(location.protocol)) return null;
  return { admit, labs, bundle, layout, events, send, setClock };
}

/** The cookie that comes back is the browser's alone: no script sees it. */
async function admit(token: string): Promise<void> {
  const response = await fetch(SESSION, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  if (response.status === 401) throw new TokenRefused(REFUSED);
  if (!response.ok) throw new Error(`${SESSION} answered ${response.status}`);
}

async function labs(): Promise<readonly string[]> {
  const answer = (await (await answered(LABS)).json()) as { readonly labs: readonly { readonly lab: string }[] };
  return answer.labs.map(({ lab }) => lab);
}

async function bundle(lab: string): Promise<Uint8Array> {
  return new Uint8Array(await (await answered(`${LABS}/${encodeURIComponent(lab)}/bundle`)).arrayBuffer());
}

async function layout(lab: string): Promise<Json | null> {
  return (await (await answered(`${LABS}/${encodeURIComponent(lab)}/layout`)).json()) as Json;
}

function events(lab: string, from: number, sink: EventSink): () => void {
  const source = new EventSource(`${LABS}/${encodeURIComponent(lab)}/events/stream?from=${from}`);
  source.onopen = () => sink.state('live');
  source.onerror = () => sink.state('cut');
  source.onmessage = ({ data }: MessageEvent<string>) => sink.event(data);
  source.addEventListener('end', () => {
    source.close();
    sink.state('ended');
  });
  return () => source.close();
}

async function answered(address: string): Promise<Response> {
  const response = await fetch(address);
  if (response.ok) return response;
  if (response.status === 401) throw new TokenRefused(REFUSED);
  const { detail } = (await response.json().catch(() => ({}))) as { readonly detail?: string };
  throw new Error(detail ?? `${address} answered ${response.status}`);
}

async function send(lab: string, command: string, token: string): Promise<CommandOutcome> {
  const { status, answer } = await changed(
    'POST',
    `${LABS}/${encodeURIComponent(lab)}/commands?wait=${WAIT_S}`,
    { command },
    token,
  );
  if (status === 202) return { status: 'pending', detail: 'the lab is still at it' };
  if (status < 300) return { status: 'done', detail: answer.position === undefined ? '' : `up to #${answer.position}` };
  const detail = detailOf(status, answer);
  if (answer.type?.endsWith(':command-refused') === true) return { status: 'refused', detail };
  throw new Error(detail);
}

async function setClock(lab: string, change: ClockChange, token: string): Promise<CommandOutcome> {
  const { status, answer } = await changed('PUT', `${LABS}/${encodeURIComponent(lab)}/clock`, change, token);
  if (status < 300) return { status: 'done', detail: '' };
  return { status: 'refused', detail: detailOf(status, answer) };
}

/** What the server answers to a change; a problem has the members of RFC 9457. */
interface Answered {
  readonly position?: number;
  readonly type?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly message: string }[];
}

/** @throws TokenRefused */
async function changed(
  method: string,
  address: string,
  body: object,
  token: string,
): Promise<{ readonly status: number; readonly answer: Answered }> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const response = await fetch(address, { method, headers, body: JSON.stringify(body) });
  if (response.status === 401) throw new TokenRefused(REFUSED);
  return { status: response.status, answer: (await response.json().catch(() => ({}))) as Answered };
}

function detailOf(status: number, { errors, detail }: Answered): string {
  return errors?.[0]?.message ?? detail ?? `the server answered ${status}`;
}

/** Keeps the token for as long as the tab is there; a browser that forbids that keeps it until the page is left. */
export function tokenOfTab(): TokenKeeper {
  let token = '';
  try {
    token = sessionStorage.getItem(TOKEN) ?? '';
  } catch {
    // No storage.
  }
  return {
    read: () => token,
    write: (written) => {
      token = written;
      try {
        sessionStorage.setItem(TOKEN, written);
      } catch {
        // No storage.
      }
    },
  };
}
