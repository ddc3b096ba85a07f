/** The server that sent this page, asked over its HTTP API (docs/api.md). */
import type { Json } from './ask/questions.ts';
import type { TokenKeeper } from './model/commanding.ts';
import { type CommandOutcome, type EventSink, type Server, TokenRefused } from './model/follow.ts';

const LABS = '../v1/labs';
/** How long a command may take before the server answers that it goes on, s. */
const WAIT_S = 30;
const TOKEN = 'switchback-token';

/** Null for a page that no server sent: one from a disk, or one that is all in one file. */
export function serverOfPage(isAlone: boolean): Server | null {
  if (isAlone || !/^https?:$/.test(location.protocol)) return null;
  return { labs, bundle, layout, events, send };
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
  const { detail } = (await response.json().catch(() => ({}))) as { readonly detail?: string };
  throw new Error(detail ?? `${address} answered ${response.status}`);
}

async function send(lab: string, command: string, token: string): Promise<CommandOutcome> {
  const response = await fetch(`${LABS}/${encodeURIComponent(lab)}/commands?wait=${WAIT_S}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ command }),
  });
  const answer = (await response.json().catch(() => ({}))) as {
    readonly detail?: string;
    readonly position?: number;
    readonly type?: string;
    readonly errors?: readonly { readonly message: string }[];
  };
  if (response.status === 401) throw new TokenRefused('the server wants its token, and this is not it');
  if (response.status === 202) return { status: 'pending', detail: 'the lab is still at it' };
  if (response.ok) return { status: 'done', detail: answer.position === undefined ? '' : `up to #${answer.position}` };
  const detail = answer.errors?.[0]?.message ?? answer.detail ?? `the server answered ${response.status}`;
  if (answer.type?.endsWith(':command-refused') === true) return { status: 'refused', detail };
  throw new Error(detail);
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
