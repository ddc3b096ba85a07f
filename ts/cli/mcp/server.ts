/** The Model Context Protocol over standard input and output. */
import { readFileSync } from 'node:fs';
import { type CallToolResult, fromJsonSchema, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { API_LIMITS } from '../../api/limits.ts';
import { ReExecutions } from '../../api/re-execution.ts';
import type { EventLog } from '../../log/event-log.ts';
import { packageFile } from '../package-file.ts';
import { answerTool, isAnswerable } from './answers.ts';
import { ANSWER, ANSWER_CHARACTERS_MAX, LABS_ANSWER, TOOLS, type ToolName } from './tools.ts';

/** Serves until the other side closes standard input. */
export async function serveAssistant(data: string): Promise<void> {
  const store = new Store(data);
  const reExecutions = new ReExecutions(API_LIMITS);
  const ended = new Promise((resolve) => process.stdin.once('close', resolve));
  const handle = serveStdio(() => serverOf(store, reExecutions));
  await ended;
  await handle.close();
  await store.close();
}

/** The directory's log, opened when it is first asked for: the labs may come after the server. */
class Store {
  readonly #dir: string;
  #log: EventLog | null = null;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** @throws StoreMissing */
  async open(): Promise<EventLog> {
    const { openEmbeddedLog } = await import('../../log/embedded/index.ts');
    this.#log ??= await openEmbeddedLog(this.#dir, { create: false });
    return this.#log;
  }

  async close(): Promise<void> {
    await this.#log?.close();
  }
}

function serverOf(store: Store, reExecutions: ReExecutions): McpServer {
  const server = new McpServer({ name: 'switchback', version: versionOf() });
  for (const tool of Object.keys(TOOLS) as ToolName[]) {
    const { title, description, input } = TOOLS[tool];
    server.registerTool(
      tool,
      {
        title,
        description,
        inputSchema: fromJsonSchema<Asked>(input),
        outputSchema: fromJsonSchema(tool === 'labs' ? LABS_ANSWER : ANSWER),
        annotations: { readOnlyHint: true, openWorldHint: false },
      },
      async (asked, { mcpReq: { signal } }) => called(tool, store, reExecutions, asked, signal),
    );
  }
  return server;
}

type Asked = Readonly<Record<string, unknown>> & { readonly lab: string };

async function called(
  tool: ToolName,
  store: Store,
  reExecutions: ReExecutions,
  asked: Asked,
  signal: AbortSignal,
): Promise<CallToolResult> {
  try {
    const { refused, json } = await answerTool(tool, { log: await store.open(), reExecutions, signal }, asked);
    const text = JSON.stringify(json);
    if (text.length > ANSWER_CHARACTERS_MAX) {
      throw new RangeError(`the answer has ${text.length} characters, more than ${ANSWER_CHARACTERS_MAX}; ask for less`);
    }
    return { isError: refused, structuredContent: JSON.parse(text), content: [{ type: 'text', text }] };
  } catch (error) {
    if (!isAnswerable(error)) throw error;
    return { isError: true, content: [{ type: 'text', text: error.message }] };
  }
}

function versionOf(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { readonly version: string }).version;
}
