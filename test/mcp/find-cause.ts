/**
 * An assistant that knows nothing of the labs: it lists them, looks for flows that lost frames, asks why, and names the cause. It talks to
 * `switchback mcp` as any client of the protocol does, and cites each event that its answer rests on.
 */
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

export interface Found {
  readonly lab: string;
  /** Property of the file, or step or command; empty where nothing was lost. */
  readonly cause: string;
  /** The event that the cause began with, cited and confirmed; 0 for a property of the file. */
  readonly position: number;
}

interface Because {
  readonly position: number;
  readonly type: string;
  readonly text: string;
  readonly property: string | null;
  readonly necessary: boolean | null;
}

interface Loss {
  readonly frames: number;
  readonly because: readonly Because[];
  readonly conditions: readonly { readonly property: string; readonly necessary: boolean | null }[];
}

interface Answered<T> {
  readonly position: number;
  readonly chain: string;
  readonly answer: T;
}

/** A server over the labs of a directory, with a client of it. */
export async function connect(command: readonly [string, ...string[]]): Promise<Client> {
  const [program, ...args] = command;
  const client = new Client({ name: 'find-cause', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command: program, args, stderr: 'inherit' }));
  return client;
}

/** Asks a tool. @throws Error with what the tool says where it cannot answer, or refuses */
export async function ask<T>(client: Client, name: string, asked: Record<string, unknown>): Promise<T> {
  const result = await client.callTool({ name, arguments: asked });
  if (result.isError === true) throw new Error(JSON.stringify(result.content));
  return result.structuredContent as T;
}

/** The cause of the frames lost in each lab. */
export async function findCauses(client: Client): Promise<readonly Found[]> {
  const { labs } = await ask<{ readonly labs: readonly { readonly lab: string; readonly flows: readonly string[] }[] }>(
    client,
    'labs',
    {},
  );
  const found: Found[] = [];
  for (const { lab, flows } of labs) found.push(await findCause(client, lab, flows));
  return found;
}

/** Of each flow the largest loss; of the causes named there, the one that most losses have in common. */
async function findCause(client: Client, lab: string, flows: readonly string[]): Promise<Found> {
  const named = new Map<string, { losses: number; position: number }>();
  for (const flow of flows) {
    const { answer } = await ask<Answered<{ readonly losses: readonly Loss[] }>>(client, 'explain', { lab, flow });
    const [largest] = answer.losses;
    if (largest === undefined) continue;
    for (const { cause, position } of causesOf(largest)) {
      const before = named.get(cause);
      named.set(cause, { losses: (before?.losses ?? 0) + 1, position });
    }
  }
  const [best] = [...named].sort(([, a], [, b]) => b.losses - a.losses);
  if (best === undefined) return { lab, cause: '', position: 0 };
  const [cause, { position }] = best;
  if (position > 0) await cite(client, lab, position);
  return { lab, cause, position };
}

/** What began the loss, and what is proven to be necessary for it. */
function causesOf({ because, conditions }: Loss): { cause: string; position: number }[] {
  const last = because.at(-1);
  const began =
    last === undefined ? [] : [{ cause: last.property ?? last.text, position: last.property === null ? last.position : 0 }];
  const proven = conditions.filter(({ necessary }) => necessary === true).map(({ property }) => ({ cause: property, position: 0 }));
  return last?.necessary === false ? [...proven, ...began] : [...began, ...proven];
}

/** An answer names only what the record confirms, with the chain that it has there. */
async function cite(client: Client, lab: string, position: number): Promise<void> {
  const { chain } = await ask<Answered<unknown>>(client, 'state', { lab, at: String(position) });
  await ask(client, 'cite', { lab, position, chain });
}
