/** `switchback init [TEMPLATE]`: a lab file to begin with, which validates and runs as it is. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { Argument, type Command } from 'commander';
import type { Platform } from '../model/hardware/platforms.ts';
import { writeAtomically } from './atomic-file.ts';
import { CliError, EXIT } from './errors.ts';
import type { Attachment } from './init/attachments.ts';
import { haPair, PAIRS, type PairChoice, pairChoices, TEMPLATES, type Template, twoHosts } from './init/templates.ts';
import { formatOption } from './options.ts';
import { print, printJson, writeText } from './output.ts';
import { table } from './table.ts';

interface InitOptions {
  readonly format: 'table' | 'json';
  readonly platform?: Platform;
  readonly attachment?: Attachment;
  readonly output?: string;
  readonly force?: boolean;
  readonly list?: boolean;
}

const ENDING = '.lab.yml';
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

export function addInit(program: Command): void {
  const attachments = [...new Set(Object.values(PAIRS).flat())];
  program
    .command('init')
    .summary('write a lab file to begin with')
    .description(
      'Writes a lab file that validates and runs as it is: two hosts, or an HA pair on a platform, attached in one of the ways that the ' +
        'platform has. Without a template: lists them.',
    )
    .addArgument(new Argument('[template]', 'what to write').choices(TEMPLATES))
    .addOption(formatOption('table', 'json'))
    .addOption(program.createOption('--platform <platform>', 'of an HA pair (default: esxi)').choices(Object.keys(PAIRS)))
    .addOption(program.createOption('--attachment <way>', "of an HA pair (default: the platform's usual one)").choices(attachments))
    .option('-o, --output <file>', 'file to write, or - for standard output (default: named after the template)')
    .option('--force', 'write over a file that is there')
    .option('--list', 'list what can be written')
    .action(init);
}

async function init(template: Template | undefined, options: InitOptions): Promise<void> {
  if (template === undefined && options.output !== undefined)
    throw new CliError(EXIT.usage, `-o needs a template: ${TEMPLATES.join(' or ')}`);
  if (template === undefined || options.list === true) return printTemplates(options.format);
  const choice = template === 'ha-pair' ? choiceOf(options) : null;
  if (choice === null && (options.platform ?? options.attachment) !== undefined) {
    throw new CliError(EXIT.usage, `--platform and --attachment go with ha-pair, not with ${template}`);
  }
  const ownName = choice === null ? template : `${template}-${choice.platform}-${choice.attachment}`;
  const file = options.output ?? `${ownName}${ENDING}`;
  const name = nameOf(file) ?? ownName;
  const text = choice === null ? twoHosts(name) : haPair(name, choice);
  if (file === '-') return writeText(text);
  if (existsSync(file) && options.force !== true)
    throw new CliError(EXIT.usage, `${file} is there already; --force writes over it`);
  await writeAtomically(file, async (write) => write(Buffer.from(text)));
  if (options.format === 'json') return printJson({ file, lab: name, template, ...(choice ?? {}) });
  print(`${file} written\nnext   switchback run ${file}\n       switchback events ${name} -f timeline`);
}

/** @throws CliError for an attachment that the platform does not have */
function choiceOf({ platform = 'esxi', attachment }: InitOptions): PairChoice {
  const ways = PAIRS[platform] ?? [];
  const [usual] = ways;
  const way = attachment ?? usual;
  if (way !== undefined && ways.includes(way)) return { platform, attachment: way };
  throw new CliError(EXIT.usage, `no pair on ${platform} is attached by ${way}; expected ${ways.join(', ')}`);
}

/** The name of the lab: that of its file, where it can be one. */
function nameOf(file: string): string | null {
  const name = basename(file).replace(/\.lab\.ya?ml$|\.ya?ml$/, '');
  return NAME.test(name) ? name : null;
}

function printTemplates(format: InitOptions['format']): void {
  const templates = [
    { template: 'two-hosts', platform: null, attachment: null },
    ...pairChoices().map((choice) => ({ template: 'ha-pair', ...choice })),
  ];
  const rows = templates.map(({ template, platform, attachment }) => [template, platform ?? '', attachment ?? '']);
  if (format === 'json') printJson({ templates });
  else print(table(['template', 'platform', 'attachment'], rows));
}
