/** `switchback mac LAB ADDRESS`: who had a MAC address, who believed in it, and how many frames went astray. */
import type { Command } from 'commander';
import type { Believer, MacBiography, Owner } from '../debug/explain/mac-biography.ts';
import { parseMac } from '../values/mac.ts';
import { formatSeconds } from '../values/nanos.ts';
import { CliError, EXIT } from './errors.ts';
import { type DataOptions, dataOption, formatOption } from './options.ts';
import { counted, paint, print, printJson } from './output.ts';
import { headOf, withStore } from './store.ts';

interface MacOptions extends DataOptions {
  readonly format: 'table' | 'json';
}

export function addMac(program: Command): void {
  program
    .command('mac')
    .summary('tell the life of a MAC address')
    .description(
      'Tells who had a MAC address in a recorded lab, when and why; who believed that an IPv4 address is there; which switches saw it ' +
        'move; and how many frames to it died meanwhile, counted by re-execution.',
    )
    .argument('<lab>', 'name of a recorded lab')
    .argument('<address>', 'MAC address')
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .action(mac);
}

async function mac(lab: string, text: string, options: MacOptions): Promise<void> {
  const address = parseMac(text);
  if (address === null) throw new CliError(EXIT.usage, `"${text}" is not a MAC address; expected one such as 00:50:56:aa:00:01`);
  const life = await withStore(options.data, async (log) => {
    await headOf(log, lab);
    const { lifeOfMac } = await import('../services/ask/explain-lab.ts');
    return lifeOfMac(log, lab, address);
  });
  if (options.format === 'json') printJson({ lab, ...life });
  else print(lifeText(lab, life));
}

function lifeText(lab: string, { mac: address, owners, believers, moves, tables, sameChain }: MacBiography): string {
  const lines = [
    ...owners.map(ownerText),
    ...believers.flatMap(believerText),
    ...moves.map(
      ({ node, from, to, position, atNs }) => `moved      ${node}: from ${from} to ${to} at ${formatSeconds(atNs)} s, #${position}`,
    ),
    ...tables.map(({ node, interface: port, cause }) => `table      ${node} has it at ${port} at the end, because of #${cause}`),
  ];
  const proof = sameChain ? 'the re-execution has the recorded chain' : 'THE RE-EXECUTION HAS ANOTHER CHAIN';
  return [paint('strong', `${lab}: ${address}`), ...(lines.length === 0 ? ['nobody had it'] : lines), `proof      ${proof}`].join(
    '\n',
  );
}

function ownerText({ interface: at, as, from, fromNs, toNs }: Owner): string {
  return `${as.padEnd(9)}  of ${at} ${timeText(fromNs, toNs)}, because of #${from}`;
}

function believerText({ node, interface: name, ip, from, fromNs, toNs, astray, places }: Believer): string[] {
  const lost = places.map(({ at, reason, frames }) => `${counted(frames, 'frame')} at ${at}: ${reason}`).join('; ');
  const head = `believed   by ${node}:${name} for ${ip} ${timeText(fromNs, toNs)}, because of #${from}`;
  return astray === 0 ? [head] : [head, `           ${counted(astray, 'frame')} astray meanwhile: ${lost}`];
}

function timeText(fromNs: number, toNs: number | null): string {
  return `from ${formatSeconds(fromNs)} s ${toNs === null ? 'to the end' : `to ${formatSeconds(toNs)} s`}`;
}
