import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LIVING_FAMILIES } from '../ts/model/commands/command.ts';
import { commandPage } from '../ts/model/commands/page.ts';
import { PAGE_FILE } from './commands.ts';

test('docs/commands.md is current (npx tsx scripts/commands.ts)', () => {
  expect(readFileSync(PAGE_FILE, 'utf8')).toBe(commandPage(LIVING_FAMILIES));
});
