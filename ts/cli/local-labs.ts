/** Living labs on the embedded log, run by this very process for as long as one command takes. */
import type { EventLog } from '../log/event-log.ts';
import type { SnapshotStore } from '../log/snapshot-store.ts';
import { paceOf } from '../services/engine/record-at.ts';
import { createEmbeddedService } from '../services/living/embedded-service.ts';
import { ask } from '../services/living/lab-commands.ts';
import { canonicalJson } from '../values/canonical-json.ts';
import { CliError, EXIT } from './errors.ts';
import { type LivingLabs, withId } from './living-labs.ts';

const NEEDS_SERVER = 'follows the clock and needs a server: start "switchback serve" on the same data directory';

export async function openLocalLabs(log: EventLog, snapshots: SnapshotStore): Promise<LivingLabs & { close(): Promise<void> }> {
  const service = await createEmbeddedService({ log, snapshots, workers: 1, adopts: false });
  return {
    deploy: ({ name, lab }, { pacePermille, replace, id }) => {
      if (pacePermille > 0) throw new CliError(EXIT.usage, `a paced lab ${NEEDS_SERVER}`);
      const definition = canonicalJson(lab);
      return ask(service, name, { verb: 'deploy', definition, pacePermille, replace }, withId(id));
    },
    execute: async (lab, text, id) => {
      await refusePaced(log, lab);
      return ask(service, lab, { verb: 'execute', text }, withId(id));
    },
    destroy: async (lab, forget, id) => {
      if (!forget) await refusePaced(log, lab);
      return ask(service, lab, { verb: 'destroy', forget }, withId(id));
    },
    close: () => service.close(),
  };
}

/** Opening a lab that follows the clock would let it run on for a moment, unasked. */
async function refusePaced(log: EventLog, lab: string): Promise<void> {
  if ((await paceOf(log, lab)) > 0) throw new CliError(EXIT.usage, `lab ${lab} ${NEEDS_SERVER}`);
}
