/**
 * Where functions, methods, classes and constants stand in a source, by name.
 *
 * No parser: the sources are formatted, so a declaration is its first line and all that follows until the next line of the same
 * indentation which does not begin with a closing bracket. That holds for TypeScript and AssemblyScript alike.
 */

export interface Declaration {
  /** Of a member of a class: `Class.member`. */
  readonly name: string;
  /** Offsets in the source; `to` is behind the last character. */
  readonly from: number;
  readonly to: number;
}

const WORDS = '(?:export |default |declare |abstract |async |static |private |protected |public |override |readonly |get |set )*';
const TOP = new RegExp(`^${WORDS}(?:function\\*? |class |const |let |interface |type |enum |namespace )(\\w+)`);
/** A method has parameters and a body, or is a field with a value. */
const MEMBER = new RegExp(`^ {2}${WORDS}\\*?(#?\\w+)(?:[(<]|(?:: [^=]+)? = |: )`);
/** Not names of members. */
const STATEMENTS = new Set(['if', 'for', 'while', 'switch', 'return', 'throw', 'case']);

/** All declarations at the top of a source and in its classes, in their order. Decorators and comments before them do not belong. */
export function declarationsOf(source: string): readonly Declaration[] {
  const lines = linesOf(source);
  const found: Declaration[] = [];
  let classOf: Declaration | null = null;
  for (const [index, { text, from }] of lines.entries()) {
    const top = TOP.exec(text)?.[1];
    if (top !== undefined) {
      const declaration = { name: top, from, to: endOf(lines, index) };
      found.push(declaration);
      classOf = /\bclass /.test(text) ? declaration : null;
      continue;
    }
    if (classOf === null || from >= classOf.to) continue;
    const member = MEMBER.exec(text)?.[1];
    if (member !== undefined && !STATEMENTS.has(member)) {
      found.push({ name: `${classOf.name}.${member}`, from, to: endOf(lines, index) });
    }
  }
  return found;
}

interface Line {
  readonly text: string;
  readonly from: number;
}

function linesOf(source: string): readonly Line[] {
  let from = 0;
  return source.split('\n').map((text) => {
    const line = { text, from };
    from += text.length + 1;
    return line;
  });
}

/** Offset behind the declaration that begins in a line. */
function endOf(lines: readonly Line[], first: number): number {
  const indent = indentOf(lines[first]?.text ?? '');
  let last = first;
  for (let i = first + 1; i < lines.length; i++) {
    const text = lines[i]?.text ?? '';
    if (text === '') continue;
    const own = indentOf(text);
    if (own < indent || (own === indent && !/^\s*[})\]]/.test(text))) break;
    last = i;
  }
  const { text, from } = lines[last] ?? { text: '', from: 0 };
  return from + text.length;
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
