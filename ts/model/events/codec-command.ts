/** Requests to living labs as bytes: proto Command. */
import { checkFields, decode, messageNamed, newWriter, Undecodable } from './codec-strict.ts';

/** What is asked of one lab. */
export interface LabCommand {
  /** Chosen by the sender; a repeated one has no second effect. */
  readonly id: string;
  readonly lab: string;
  readonly request: LabRequest;
}

export type LabRequest =
  | { readonly verb: 'deploy'; readonly definition: string; readonly pacePermille: number; readonly replace: boolean }
  /** `text` is a command of docs/commands.md, or "step 5s". */
  | { readonly verb: 'execute'; readonly text: string }
  | { readonly verb: 'destroy'; readonly forget: boolean }
  /** `bundle` is a compressed file (docs/bundles.md). */
  | { readonly verb: 'import'; readonly bundle: Uint8Array; readonly replace: boolean };

interface CommandMessage {
  readonly id: string;
  readonly lab: string;
  /** Name of the member of the oneof that is set. */
  readonly request?: LabRequest['verb'];
  readonly [member: string]: unknown;
}

const COMMAND = messageNamed('Command');
const MESSAGES = { deploy: 'Deploy', execute: 'Execute', destroy: 'Destroy', import: 'Import' } as const satisfies Record<
  LabRequest['verb'],
  string
>;

/** An id that can be recorded, logged and put into a header as it is. */
const ID = /^[\x21-\x7e]{1,80}$/;

export function isCommandId(text: string): boolean {
  return ID.test(text);
}

/** @throws TypeError when a field is missing, unknown or of the wrong type, or the id is none. */
export function encodeCommand({ id, lab, request }: LabCommand): Uint8Array {
  if (!isCommandId(id)) throw new TypeError(`${JSON.stringify(id)} is no command id: expected 1 to 80 printable ASCII characters`);
  const { verb, ...data } = request;
  checkFields(MESSAGES[verb], data);
  return COMMAND.encode({ id, lab, [verb]: data }, newWriter()).finish();
}

/** @throws Undecodable */
export function decodeCommand(bytes: Uint8Array): LabCommand {
  const message = decode<CommandMessage>(COMMAND, bytes);
  const { id, lab, request: verb } = message;
  if (verb === undefined) throw new Undecodable('a command that asks for nothing we know', { newer: '$unknowns' in message });
  if (!isCommandId(id)) throw new Undecodable('a command without an id of 1 to 80 printable ASCII characters');
  if (Object.keys(message).length !== 4) throw new Undecodable('a command that asks for more than one thing');
  return { id, lab, request: { verb, ...(message[verb] as object) } as LabRequest };
}
