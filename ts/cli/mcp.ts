/** `switchback mcp`: answers an assistant's questions about recorded labs, over standard input and output. */
import type { Command } from 'commander';
import { type DataOptions, dataOption } from './options.ts';

export function addMcp(program: Command): void {
  program
    .command('mcp')
    .summary('answer the questions of an assistant (Model Context Protocol)')
    .description(
      'Speaks the Model Context Protocol over standard input and output: a program that talks to a language model starts it, and the model ' +
        'asks about recorded labs. Its tools only read: nothing is recorded, and a fork lives in memory alone. Every answer names the position ' +
        'and the chain that it holds for, and "cite" refuses what the record does not say.',
    )
    .addOption(dataOption())
    .action(mcp);
}

async function mcp({ data }: DataOptions): Promise<void> {
  const { serveAssistant } = await import('./mcp/server.ts');
  await serveAssistant(data);
}
