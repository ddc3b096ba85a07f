/** The server that sent this page, asked over its HTTP API (docs/api.md). */
import type { Json } from './ask/questions.ts';
import type { EventSink, Server } from './model/follow.ts';

const LABS = '../v1/labs';

/** Null for a page that no server sent: one from a disk, or one that is all in one file. */
export function serverOfPage(isAlone: boolean): Server | null {
  if (isAlone || !/^https?:$/.test(location.protocol)) return null;
  return { labs, bundle, layout, events };
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
