/** Asks a firewall of a recorded lab, at its end or at a moment, and prints the answer. */
import type { EventLog } from '../../log/event-log.ts';
import type { SnapshotStore } from '../../log/snapshot-store.ts';
import { formatSeconds } from '../../values/nanos.ts';
import { parseTarget, refuseBeyond } from '../at.ts';
import { CliError, EXIT } from '../errors.ts';
import { print, printJson } from '../output.ts';
import { headOf } from '../store.ts';
import type { Show } from './show.ts';

export interface Question {
  readonly log: EventLog;
  readonly snapshots: SnapshotStore;
  /** A lab, or a lab at a moment. */
  readonly target: string;
  readonly node: string;
  readonly show: Show;
}

/** @throws CliError when there is no such firewall, when it has no power, and when there is nothing that it could show. */
export async function askFirewall(question: Question, { format }: { readonly format: 'table' | 'json' }): Promise<void> {
  const { log, snapshots, target, node, show } = question;
  const { lab, moment } = parseTarget(target);
  const { position: end } = await headOf(log, lab);
  await refuseBeyond(log, lab, moment, snapshots);
  const { firewallAt } = await import('../../services/ask/firewall-at.ts');
  const at = await firewallAt(log, lab, node, moment ?? { position: end }, { derived: show.isDerived, snapshots });
  if (at === null) throw new CliError(EXIT.usage, await noFirewall(log, lab, node));
  const { position, nowNs, recorded } = at;
  const power = recorded.nodes[node];
  if (power?.power === 'crashed') {
    throw new CliError(EXIT.usage, `${node} has no power at ${formatSeconds(nowNs)} s (since #${power.since}): it answers nothing`);
  }
  const answer = show.answer(at);
  if (typeof answer === 'string') throw new CliError(EXIT.usage, answer);
  if (format === 'json') printJson({ lab, position, atNs: nowNs, node, command: show.command, shown: answer.data });
  else print(answer.text);
}

async function noFirewall(log: EventLog, lab: string, node: string): Promise<string> {
  const { recordedAt } = await import('../../services/ask/recorded-state.ts');
  const nodes = (await recordedAt(log, lab, 1)).lab?.nodes ?? [];
  const kind = nodes.find(({ name }) => name === node)?.kind;
  const firewalls = nodes.flatMap(({ name, kind: one }) => (one === 'firewall' ? [name] : []));
  const known = firewalls.length === 0 ? 'the lab has no firewall' : `its firewalls: ${firewalls.join(', ')}`;
  return kind === undefined
    ? `lab ${lab} has no node ${node}; ${known}`
    : `${node} is a ${kind}, and show commands are a firewall's; ${known}`;
}
