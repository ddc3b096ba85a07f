/**
 * `switchback inspect [LAB [NODE [SHOW]]]`: the recorded labs, or one of them at its end, or one of its NICs as `ip link show` shows it, or
 * the answer of one of its firewalls to a show command.
 */
import type { Command } from 'commander';
import type { EventLog } from '../log/event-log.ts';
import type { SnapshotStore } from '../log/snapshot-store.ts';
import { toHex } from '../model/events/chain.ts';
import type { LabSummary } from '../services/ask/lab-summary.ts';
import { nicNames, publishNic } from '../services/publish/publish-nic.ts';
import { publishState } from '../services/publish/publish-state.ts';
import { formatSeconds } from '../values/nanos.ts';
import { addressTables } from './address-tables.ts';
import { parseTarget, refuseBeyond } from './at.ts';
import { CliError, EXIT } from './errors.ts';
import { ipLinkText } from './ip-link.ts';
import { type DataOptions, dataOption, formatOption } from './options.ts';
import { note, paint, print, printJson } from './output.ts';
import { askFirewall } from './show/ask.ts';
import { SHOWS, showNamed } from './show/table.ts';
import { haTable, interfaceTable, neighbourTable, nodeTable } from './state-tables.ts';
import { headOf, withStore } from './store.ts';
import { table } from './table.ts';

interface InspectOptions extends DataOptions {
  readonly format: 'table' | 'json';
}

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .summary('list recorded labs, or show one at its end')
    .description(
      'Lists recorded labs. With a lab: shows its nodes, interfaces, HA units and neighbours at its end. With a lab and one of its ' +
        'SR-IOV NICs: shows the NIC as "ip link show" does, at the end or at a moment. With a lab, a firewall and a show command: ' +
        `prints what the firewall answers, at the end or at a moment. There are: ${SHOWS.map(({ command }) => command).join(', ')}.`,
    )
    .argument('[lab]', 'name of a recorded lab; with a node also with a moment: ha@98 (position), ha@12.5s (virtual time)')
    .argument('[node]', 'a NIC of that lab: nic1, or its PF nic1:pf; or a firewall')
    .argument('[show...]', "a command for the firewall: 'show arp all'")
    .addOption(dataOption())
    .addOption(formatOption('table', 'json'))
    .action((lab: string | undefined, node: string | undefined, words: readonly string[], options: InspectOptions) => {
      const show = words.length === 0 ? null : showNamed(words);
      return withStore(options.data, (log, snapshots) => {
        if (lab === undefined) return list(log, options);
        if (node === undefined) return showLab(log, snapshots, lab, options);
        return show === null
          ? showNic(log, snapshots, lab, node, options)
          : askFirewall({ log, snapshots, target: lab, node, show }, options);
      });
    });
}

async function list(log: EventLog, { format }: InspectOptions): Promise<void> {
  const { labSummary } = await import('../services/ask/lab-summary.ts');
  const labs: LabSummary[] = [];
  for (const lab of await log.labs()) {
    const summary = await labSummary(log, lab);
    if (summary !== null) labs.push(summary);
  }
  if (format === 'json') printJson({ labs });
  else if (labs.length === 0) print('no labs are recorded here');
  else {
    const columns = ['lab', { head: 'positions', align: 'right' }, 'chain', { head: 'virtual time', align: 'right' }] as const;
    const rows = labs.map(({ lab, position, chain, virtualTimeNs, damage }) =>
      damage === null
        ? [lab, position, chain.slice(0, 16), formatSeconds(virtualTimeNs)]
        : [lab, '-', paint('bad', 'damaged'), '-'],
    );
    print(table(columns, rows));
  }
  const damaged = labs.flatMap(({ damage }) => damage ?? []);
  for (const damage of damaged) note(`switchback: ${damage}`);
  if (damaged.length > 0) process.exitCode = EXIT.damaged;
}

async function showLab(log: EventLog, snapshots: SnapshotStore, lab: string, { format }: InspectOptions): Promise<void> {
  const { position, chain } = await headOf(log, lab);
  const { stateAt } = await import('../services/ask/state-at.ts');
  const { atNs, recorded } = await stateAt(log, lab, { position }, { derived: false, snapshots });
  const state = publishState(recorded);
  const { nodes, interfaces, ha, neighbours, addresses6, routers6, leases, grants, pppoe } = state;
  const shown = { nodes, interfaces, ha, neighbours, addresses6, routers6, leases, grants, pppoe };
  if (format === 'json') return printJson({ lab, position, atNs, chain: toHex(chain), ...shown });
  const head = `${paint('strong', lab)}: ${position} events, ${formatSeconds(atNs)} s, chain ${toHex(chain).slice(0, 16)}`;
  const sections = [head, nodeTable(state), interfaceTable(state), haTable(state), neighbourTable(state), ...addressTables(state)];
  print(sections.filter((section) => section !== '').join('\n\n'));
}

async function showNic(
  log: EventLog,
  snapshots: SnapshotStore,
  target: string,
  name: string,
  { format }: InspectOptions,
): Promise<void> {
  const { lab, moment } = parseTarget(target);
  const { position: end } = await headOf(log, lab);
  await refuseBeyond(log, lab, moment, snapshots);
  const { stateAt } = await import('../services/ask/state-at.ts');
  const { position, atNs, recorded } = await stateAt(log, lab, moment ?? { position: end }, { derived: false, snapshots });
  const nic = publishNic(recorded, name.replace(/:pf$/, ''));
  if (nic === null) {
    const isFirewall = recorded.lab?.nodes.some((node) => node.name === name && node.kind === 'firewall');
    if (isFirewall) throw new CliError(EXIT.usage, `${name} is a firewall: say what to show, such as '${SHOWS[0]?.command}'`);
    const known = nicNames(recorded);
    throw new CliError(
      EXIT.usage,
      `lab ${lab} has no NIC ${name}; ${known.length === 0 ? 'it has none' : `its NICs: ${known.join(', ')}`}`,
    );
  }
  if (format === 'json') printJson({ lab, position, atNs, nic });
  else print(ipLinkText(nic));
}
