/** Schemas that stand in more than one place of /openapi.json, by the names that it gives them. */
import { DROP_REASONS } from '../model/events/drop-reasons.ts';
import { valuesOfBoth } from '../schemas/diff.ts';
import { because, condition, entry, event, frameStage, limited, sameChain, stage } from '../schemas/explain.ts';
import { chain, check, closed, flow, list, mac, ns, oneOf, position, type Schema, sessionEnd } from '../schemas/values.ts';
import { line } from './request-schemas.ts';
import { deployedAnswer, doneAnswer, healthAnswer, mistake, pendingAnswer, warnings } from './schemas.ts';

export const SHARED_SCHEMAS = {
  Position: position,
  Nanos: ns,
  Chain: chain,
  Mac: mac,
  Uint32: { type: 'integer', minimum: 0, maximum: 2 ** 32 - 1 },
  Safe: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
  DropReason: oneOf(...Object.keys(DROP_REASONS)),
  Flow: flow,
  SessionEnd: sessionEnd,
  LossStage: stage,
  Told: closed(event),
  SameChain: sameChain,
  Limited: limited,
  Causes: { ...list(because), description: 'Nearest first.' },
  Conditions: list(condition),
  Entry: entry,
  FrameStages: list(frameStage),
  Check: check,
  ValuesOfBoth: valuesOfBoth,
  Line: line,
  Mistake: mistake,
  Warnings: warnings,
  Deployed: deployedAnswer,
  Done: doneAnswer,
  Pending: pendingAnswer,
  Health: healthAnswer,
} satisfies Readonly<Record<string, Schema>>;
