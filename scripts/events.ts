/**
 * Writes what follows from the events' one source, proto/switchback/v1/events.proto: in gen/events/ the TypeScript types, the tables
 * for checks and completion and the JSON Schemas, and docs/events.md.
 *
 *   npx tsx scripts/events.ts
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DROP_REASONS } from '../ts/model/events/drop-reasons.ts';
import { pageText } from './events/page.ts';
import { schemasText } from './events/schema.ts';
import { eventsSource } from './events/source.ts';
import { fieldsText, kindsText, namesText, typesText } from './events/types.ts';
import { loadProtos } from './proto.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Texts of all files, by their paths below the root. @throws Error where the proto lacks something, with its place. */
export function eventFiles(root = ROOT): ReadonlyMap<string, string> {
  const source = eventsSource(loadProtos(join(root, 'proto')));
  return new Map([
    ['gen/events/types.ts', typesText(source)],
    ['gen/events/kinds.ts', kindsText(source)],
    ['gen/events/fields.ts', fieldsText(source)],
    ['gen/events/names.ts', namesText(source)],
    ['gen/events/schemas.ts', schemasText(source, Object.keys(DROP_REASONS))],
    ['docs/events.md', pageText(source)],
  ]);
}

/** Writes the files of a tree that holds proto/. */
export async function buildEvents(root = ROOT): Promise<void> {
  for (const [path, text] of eventFiles(root)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await buildEvents();
