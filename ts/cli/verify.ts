/** `switchback verify LAB|FILE`: a log or a bundle read and checked, and every outcome decided again from the recorded inputs. */
import type { Command } from 'commander';
import { BundleDamaged } from '../bundle/bundle-errors.ts';
import { LogDamaged } from '../log/event-log.ts';
import type { Verification } from '../services/ask/verify-lab.ts';
import type { OwnEngine } from '../services/bundle/own-engine.ts';
import { publishVerification, refutation } from '../services/publish/publish-verification.ts';
import { isBundle } from './bundle-name.ts';
import { CliError, EXIT, type ExitCode } from './errors.ts';
import { type DataOptions, dataOption, formatOption } from './options.ts';
import { counted, note, paint, print, printJson } from './output.ts';
import { headOf, withStore } from './store.ts';

interface VerifyOptions extends DataOptions {
  readonly format: 'table' | 'json';
  readonly expectChain?: string;
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .summary('verify a recorded lab by re-execution')
    .description(
      'Reads the whole log of a lab, or a bundle, checks its chain, and decides every event again from the recorded inputs. Shows the ' +
        'first difference and exits with 4, or with 3 when another engine recorded the lab.',
    )
    .argument('<lab>', 'name of a recorded lab, or a bundle (a file that ends with .sbk, or - for standard input)')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .option('--expect-chain <hex>', 'also compare the last chain with this one')
    .action(verify);
}

async function verify(lab: string, options: VerifyOptions): Promise<void> {
  const expected = options.expectChain?.toLowerCase();
  if (expected !== undefined && !/^[0-9a-f]{64}$/.test(expected)) {
    throw new CliError(EXIT.usage, `--expect-chain: "${options.expectChain}" is not a chain; expected 64 hexadecimal digits`);
  }
  try {
    const { lab: name, verification, own } = isBundle(lab) ? await verifyFile(lab) : await verifyRecorded(options.data, lab);
    process.exitCode = tell({ lab: name, own }, verification, expected, options.format);
  } catch (error) {
    const position = damagedAt(error);
    if (position === null || options.format !== 'json') throw error;
    const reason = (error as Error).message;
    printJson({ verified: false, lab, position, reason });
    note(`switchback: ${reason}`);
    process.exitCode = EXIT.damaged;
  }
}

type Refuted = Extract<Verification, { verified: false }>;

interface Asked {
  readonly lab: string;
  readonly verification: Verification;
  /** What the data plane in a bundle says, where this build decides differently; null where nobody was asked. */
  readonly own: OwnEngine | null;
}

function verifyRecorded(data: string, lab: string): Promise<Asked> {
  return withStore(data, async (log) => {
    await headOf(log, lab);
    const { verifyLab } = await import('../services/ask/verify-lab.ts');
    return { lab, verification: await verifyLab(log, lab), own: null };
  });
}

async function verifyFile(path: string): Promise<Asked> {
  const [{ verifyBundle }, { bytesOf }, { bundleSource }] = await Promise.all([
    import('../services/bundle/verify-bundle.ts'),
    import('../services/bundle/file/bundle-file.ts'),
    import('./bundle-input.ts'),
  ]);
  const source = bundleSource(path);
  const { lab, verification, wasm } = await verifyBundle(bytesOf(source));
  if (wasm === null || verification.verified) return { lab, verification, own: null };
  const { askOwnEngine } = await import('../services/bundle/own-engine.ts');
  return { lab, verification, own: await askOwnEngine({ source, wasm }) };
}

/** First position that cannot be trusted, of an error that tells of damage; 0 when even that is unknown, null for other errors. */
function damagedAt(error: unknown): number | null {
  if (error instanceof LogDamaged) return error.position;
  return error instanceof BundleDamaged ? error.position : null;
}

function tell(
  { lab, own }: Omit<Asked, 'verification'>,
  result: Verification,
  expected: string | undefined,
  format: 'table' | 'json',
): ExitCode {
  if (!result.verified) return tellDivergence({ lab, own }, result, format);
  const { positions, chain, engine, checkpointsCompared, unrecorded, cutOff, otherEngines } = result;
  // Under the same engine a log without its last outcomes was cut off; another engine may just not have decided them.
  const isOther = otherEngines.length > 0 && unrecorded > 0;
  if (expected !== undefined && expected !== chain) {
    const reason = `the chain ends with ${chain}, expected ${expected}: this is a different history`;
    if (format === 'json') printJson({ verified: false, lab, position: positions, reason, chain, engine });
    else print(`${paint('bad', 'DIFFERENT HISTORY')}  ${lab}: ${reason}`);
    return EXIT.damaged;
  }
  if (format === 'json') {
    printJson(publishVerification(lab, result));
    return isOther ? EXIT.warnings : EXIT.ok;
  }
  print(`${paint('good', 'verified')}  ${lab}: ${counted(positions, 'event')} decided again, all identical`);
  print(`chain     ${chain}${expected === undefined ? '' : ', as expected'}`);
  print(`engine    ${engine}, ${counted(checkpointsCompared, 'checkpoint')} compared`);
  if (otherEngines.length > 0) print(`recorded  by ${otherEngines.join(', ')}; checkpoints of another engine are not compared`);
  if (isOther) print(`OTHER ENGINE  this engine decides ${counted(unrecorded, 'outcome')} more at the end`);
  else if (cutOff) print('cut off   the run was ended there: what its inputs allow after the last event was not re-executed');
  else if (unrecorded > 0) print(`cut off   ${counted(unrecorded, 'outcome')} would follow but were never recorded`);
  return isOther ? EXIT.warnings : EXIT.ok;
}

function tellDivergence({ lab, own }: Omit<Asked, 'verification'>, result: Refuted, format: 'table' | 'json'): ExitCode {
  const { position } = result;
  const { isOther, reason, difference } = refutation(result);
  if (format === 'json') printJson({ ...publishVerification(lab, result), ...(own !== null && { ownEngine: own }) });
  else {
    print(`${paint('bad', isOther ? 'OTHER ENGINE' : 'DIVERGED')}  ${lab}, position ${position}: ${reason}`);
    for (const { field, recorded, decided } of difference.differences) {
      print(paint('bad', `  - recorded  ${field}: ${recorded ?? 'nothing'}`));
      print(paint('good', `  + decided   ${field}: ${decided ?? 'nothing'}`));
    }
    if (own !== null) print(`own data plane  ${own.verdict}: ${own.detail}. It came with the bundle, so what it says is no proof`);
  }
  note(`switchback: lab ${lab}, position ${position}: ${reason}`);
  return isOther ? EXIT.warnings : EXIT.damaged;
}
