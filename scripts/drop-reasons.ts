/**
 * Generates files from the table of drop reasons (ts/model/events/drop-reasons.ts): the data plane's constants and the page.
 *
 *   npx tsx scripts/drop-reasons.ts
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DROP_REASON_RANGES, DROP_REASONS } from '../ts/model/events/drop-reasons.ts';

export const CONSTANTS_FILE = 'gen/asm/drop-reasons.ts';
export const PAGE_FILE = 'docs/drop-reasons.md';

/** Writes both files, relative to the working directory. */
export function buildDropReasons(): void {
  write(CONSTANTS_FILE, dropReasonConstants());
  write(PAGE_FILE, dropReasonPage());
}

/** AssemblyScript constants: `export const DROP_LINK_DOWN: u8 = 1;` */
export function dropReasonConstants(): string {
  const lines = Object.entries(DROP_REASONS).map(([name, { number, says }]) => {
    return `/** ${says} */\nexport const DROP_${name.toUpperCase().replaceAll('-', '_')}: u8 = ${number};`;
  });
  return `// Generated from ts/model/events/drop-reasons.ts by scripts/drop-reasons.ts. Do not edit.\n\n${lines.join('\n')}\n`;
}

/** The page for people. */
export function dropReasonPage(): string {
  const rows = Object.entries(DROP_REASONS).map(
    ([name, { number, where, says }]) => `| ${number} | \`${name}\` | ${where} | ${says} |`,
  );
  const ranges = Object.entries(DROP_REASON_RANGES).map(([subject, [first, last]]) => `| ${subject} | ${first} to ${last} |`);
  return `<!-- Generated from ts/model/events/drop-reasons.ts by scripts/drop-reasons.ts. Do not edit. -->

# Drop reasons

A frame is dropped for one of these reasons. No drop is silent: every dropped frame is counted under its reason, place and cause.
Numbers and names never change and are never reused.

| number | name | where | meaning |
| ---: | --- | --- | --- |
${rows.join('\n')}

## Reserved numbers

A new reason takes the next free number of its subject's range. Numbers below 41 are older than the ranges; 240 to 255 are free.

| subject | numbers |
| --- | --- |
${ranges.join('\n')}
`;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) buildDropReasons();
