/**
 * Living labs, for the verbs that change them: on the embedded log by this process, or by a server when one runs on the same
 * data directory (or is named). Either way the same is recorded.
 */
import { type Command, Option } from 'commander';
import { isCommandId } from '../model/events/codec-command.ts';
import type { LabEvent } from '../model/events/events.ts';
import type { CommandOutcome } from '../services/living/lab-commands.ts';
import { CliError, EXIT } from './errors.ts';
import { inputName, readInput } from './input-file.ts';
import { type LivingLabs, withId } from './living-labs.ts';
import { type DataOptions, dataOption } from './options.ts';
import { note, paint, print, printJson } from './output.ts';
import type { RemoteServer } from './remote.ts';
import { refuseMirror, withNewStore, withStore } from './store.ts';

export interface LivingOptions extends DataOptions {
  readonly server?: string;
  readonly id?: string;
}

/** Options of all verbs that change living labs. */
export function addLivingOptions(verb: Command): Command {
  return verb
    .addOption(dataOption())
    .addOption(
      new Option('--server <url>', 'server that runs the lab (default: the server on the data directory, if one runs)').env(
        'SWITCHBACK_SERVER',
      ),
    )
    .option('--id <id>', 'id of the command; repeating an id has no second effect');
}

/** Works with the labs of a server if there is one, or opens the store itself. */
export async function withLivingLabs<T>(
  options: LivingOptions,
  isNew: boolean,
  work: (labs: LivingLabs) => Promise<T>,
): Promise<T> {
  if (options.id !== undefined && !isCommandId(options.id)) {
    throw new CliError(EXIT.usage, '--id: expected 1 to 80 printable ASCII characters without spaces');
  }
  const { findServer } = await import('./remote.ts');
  const server = await findServer(options);
  if (server !== null) return work(labsOf(server));
  refuseMirror(options.data);
  const open = isNew ? withNewStore : withStore;
  return open(options.data, async (log, snapshots) => {
    const { openLocalLabs } = await import('./local-labs.ts');
    const local = await openLocalLabs(log, snapshots);
    try {
      return await work(local);
    } finally {
      await local.close();
    }
  });
}

/** The labs that a server runs. */
function labsOf(server: RemoteServer): LivingLabs {
  return {
    deploy: ({ name }, { path, id, ...how }) =>
      server.deploy({ lab: name, text: readInput(path).toString('utf8'), path: inputName(path), ...how, ...withId(id) }),
    execute: (lab, text, id) => server.execute(lab, text, withId(id)),
    destroy: (lab, forget, id) => server.destroy(lab, forget, withId(id)),
  };
}

/** The events of an outcome. A time line of these alone names no owners of MACs that were there before. */
async function eventsText(events: readonly LabEvent[], format: 'table' | 'timeline'): Promise<string> {
  if (format === 'timeline') return (await import('./timeline.ts')).timelineText(events);
  return (await import('./events-table.ts')).eventsTable(events);
}

/** Prints what a command came to, and sets the exit code that goes with it. */
export async function tellOutcome(lab: string, outcome: CommandOutcome, format: 'table' | 'json' | 'timeline'): Promise<void> {
  if (outcome.status === 'refused') process.exitCode = EXIT.failed;
  if (format === 'json') {
    const { publishOutcome } = await import('../services/publish/publish-event.ts');
    return printJson(publishOutcome(lab, outcome));
  }
  if (outcome.status === 'forgotten') return print(`${lab} and its history are forgotten`);
  if (outcome.status === 'pending') {
    throw new CliError(EXIT.failed, `lab ${lab} did not settle in time; "switchback events ${lab}" shows how far it got`);
  }
  print(await eventsText(outcome.events, format));
  if (outcome.status === 'refused') for (const reason of outcome.reasons) note(`${paint('bad', 'refused')}: ${reason}`);
}
