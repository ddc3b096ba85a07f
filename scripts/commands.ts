/**
 * Writes docs/commands.md from the table of commands (ts/model/commands/).
 *
 *   npx tsx scripts/commands.ts
 */
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { LIVING_FAMILIES } from '../ts/model/commands/command.ts';
import { commandPage } from '../ts/model/commands/page.ts';

export const PAGE_FILE = 'docs/commands.md';

/** Writes the page, relative to the working directory. */
export function buildCommandPage(): void {
  writeFileSync(PAGE_FILE, commandPage(LIVING_FAMILIES));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) buildCommandPage();
