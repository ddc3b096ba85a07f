/** `switchback schema [NAME]`: the JSON Schema of lab files, and of everything that verbs print as JSON. */
import type { Command } from 'commander';
import { SCHEMA_NAMES, schemaNamed } from '../schemas/index.ts';
import { print, printJson } from './output.ts';

export function addSchema(program: Command): void {
  program
    .command('schema')
    .summary('print a JSON Schema')
    .description(
      'Prints the JSON Schema (draft-07) of lab files ("lab", for editors), or of what a verb prints with -f json. Without a name: lists the schemas.',
    )
    .addArgument(program.createArgument('[name]', 'schema to print').choices(SCHEMA_NAMES))
    .action(async (name?: string) => (name === undefined ? list() : printJson(await schemaNamed(name))));
}

/** The names alone, one a line, with what each describes. */
async function list(): Promise<void> {
  const schemas = await Promise.all(
    SCHEMA_NAMES.map(async (name) => [name, String((await schemaNamed(name))['title'] ?? '')] as const),
  );
  const width = Math.max(...SCHEMA_NAMES.map((name) => name.length));
  print(schemas.map(([name, title]) => `${name.padEnd(width)}  ${title}`.trimEnd()).join('\n'));
}
