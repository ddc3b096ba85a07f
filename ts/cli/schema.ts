/** `switchback schema NAME`: the JSON Schema of lab files, and of everything that verbs print as JSON. */
import type { Command } from 'commander';
import { SCHEMA_NAMES, schemaNamed } from '../schemas/index.ts';
import { printJson } from './output.ts';

export function addSchema(program: Command): void {
  program
    .command('schema')
    .summary('print a JSON Schema')
    .description('Prints the JSON Schema (draft-07) of lab files ("lab", for editors), or of what a verb prints with -f json.')
    .addArgument(program.createArgument('<name>', 'schema to print').choices(SCHEMA_NAMES))
    .action(async (name: string) => printJson(await schemaNamed(name)));
}
