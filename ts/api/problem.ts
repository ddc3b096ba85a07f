/**
 * Errors as RFC 9457 has them: application/problem+json with a `type` that programs tell apart and a `detail` for people.
 * One closed table of kinds; docs/api.md lists it.
 */

/** All problems with their HTTP status and title. */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'token-missing': { status: 401, title: 'A change requires the token of this server' },
  'foreign-origin': { status: 403, title: 'A page of another origin sent the request' },
  'no-such-route': { status: 404, title: 'There is nothing at this address' },
  'no-such-lab': { status: 404, title: 'There is no such lab' },
  'no-such-part': { status: 404, title: 'The lab has nothing of that name' },
  'no-such-position': { status: 404, title: 'The lab has no such position' },
  'method-not-allowed': { status: 405, title: 'This address does not take the method' },
  'request-timeout': { status: 408, title: 'The request did not arrive in time' },
  'lab-exists': { status: 409, title: 'A lab of this name exists already' },
  'lab-ended': { status: 409, title: 'The lab has ended' },
  'command-refused': { status: 409, title: 'The lab refused the command' },
  cancelled: { status: 409, title: 'The command was cancelled' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The media type of the body is not supported' },
  'host-not-served': { status: 421, title: 'The Host header names another server' },
  'invalid-command': { status: 422, title: 'The command is not valid' },
  'invalid-bundle': { status: 422, title: 'The bundle is damaged, or of a later version' },
  unanswerable: { status: 422, title: 'The question does not fit the lab' },
  'invalid-lab-file': { status: 422, title: 'The lab file is invalid' },
  'too-many-requests': { status: 429, title: 'Too many requests from this address' },
  'request-header-too-large': { status: 431, title: 'The header is too large' },
  'store-damaged': { status: 500, title: 'The store of labs is damaged' },
  defect: { status: 500, title: 'A defect of Switchback' },
  'too-many-streams': { status: 503, title: 'All event streams are taken' },
  'too-much-work': { status: 503, title: 'There is more to do than the server does at once, or it takes too long' },
  'not-handed-over': { status: 503, title: 'The command could not be passed to the lab' },
  closing: { status: 503, title: 'The server is closing' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemKind = keyof typeof PROBLEMS;

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';
const TYPE_PREFIX = 'urn:switchback:problem:';

/** One mistake in a request; a mistake in a lab file has a line and a column. */
export interface Mistake {
  readonly message: string;
  /** Part of the request: path, query, header or body. */
  readonly in?: string;
  /** Parameter or field. */
  readonly name?: string;
  readonly line?: number;
  readonly column?: number;
  readonly rule?: string;
  readonly remedy?: string;
}

/** Members beyond those of RFC 9457. */
export interface ProblemMembers {
  readonly errors?: readonly Mistake[];
  /** At most LABS_NAMED_MAX. */
  readonly known?: readonly string[];
  /** Of a refused command. */
  readonly reasons?: readonly string[];
  readonly id?: string;
  readonly position?: number;
  readonly events?: readonly unknown[];
}

/** Routes and services throw it; the error handler sends it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  constructor(
    readonly kind: ProblemKind,
    readonly detail: string,
    readonly members: ProblemMembers = {},
    readonly headers: Readonly<Record<string, string>> = {},
    options?: ErrorOptions,
  ) {
    super(detail, options);
  }

  get status(): number {
    return PROBLEMS[this.kind].status;
  }

  toBody(): Readonly<Record<string, unknown>> {
    const { status, title } = PROBLEMS[this.kind];
    return { type: problemType(this.kind), title, status, detail: this.detail, ...this.members };
  }
}

export function problemType(kind: ProblemKind): string {
  return TYPE_PREFIX + kind;
}

/** The kind that a `type` names; null for one that this version does not know. */
export function problemKind(type: unknown): ProblemKind | null {
  if (typeof type !== 'string' || !type.startsWith(TYPE_PREFIX)) return null;
  const kind = type.slice(TYPE_PREFIX.length);
  return Object.hasOwn(PROBLEMS, kind) ? (kind as ProblemKind) : null;
}
