/** What the verbs need of whoever runs living labs: a server, or this very process. */
import type { LabFile } from '../model/lab/lab-file.ts';
import type { CommandOutcome } from '../services/living/lab-commands.ts';

/** Labs that can be begun, changed and ended. `id`: of the command; the same one twice has one effect. */
export interface LivingLabs {
  /** `pacePermille` 0: time moves by `step` alone. */
  deploy(file: LabFile, options: DeployOptions): Promise<CommandOutcome>;
  execute(lab: string, text: string, id?: string): Promise<CommandOutcome>;
  /** Ends what the lab is at; false when nothing was under way. Absent where closing the labs does. */
  cancel?(lab: string): Promise<boolean>;
  destroy(lab: string, forget: boolean, id?: string): Promise<CommandOutcome>;
}

export interface DeployOptions {
  /** Of the lab file. */
  readonly path: string;
  readonly pacePermille: number;
  readonly replace: boolean;
  readonly id?: string;
}

export function withId(id: string | undefined): { readonly id?: string } {
  return id === undefined ? {} : { id };
}
