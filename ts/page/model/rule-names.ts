/** The rules of the domain, as far as the page names them: by which an event comes, and by which a frame is dropped. */

export interface RuleNames {
  /** Ids of rules, parted by spaces, by the type of an event or the reason of a drop: no two of these have one name. */
  readonly of: Readonly<Record<string, string>>;
  readonly titles: Readonly<Record<string, string>>;
  /** Address of the page that says what each rule says, at an anchor of its id. */
  readonly page: string;
}

/** What tells a reason: a loss of a flow by itself, a drop at the head of its line ("nic1:vf0 spoof-mac: frame 3, …"). */
interface Told {
  readonly reason?: unknown;
  readonly type?: unknown;
  readonly text?: unknown;
}

const DROPS: ReadonlySet<unknown> = new Set(['FrameDropped', 'FramesDropped']);

/** Ids of the rules that apply to events, causes and losses, each once. */
export function rulesFor({ of }: RuleNames, told: readonly Told[]): readonly string[] {
  const ids = told.flatMap((one) => [reasonOf(one), one.type]).flatMap((what) => of[String(what)]?.split(' ') ?? []);
  return [...new Set(ids)];
}

function reasonOf({ reason, type, text }: Told): unknown {
  return DROPS.has(type) ? /([\w-]+): /.exec(String(text))?.[1] : reason;
}
