/**
 * Text to a YAML document, within limits.
 *
 * A parser that reads first and judges later needs gigabytes for a few megabytes of brackets. So the parts of the library are
 * driven here token by token, where its own `parseDocument` does the same in one go: reading stops at the first token beyond a
 * limit.
 */
import { Composer, type Document, Lexer, type LineCounter, Parser } from 'yaml';
import { LAB_FILE_DEPTH_MAX, LAB_FILE_TOKEN_CHARACTERS_MAX, LAB_FILE_TOKENS_MAX } from './limits.ts';

/** A text that is not read to its end, because of what stands at an offset of it. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

export type YamlDocument = Document.Parsed;

/**
 * The first document of a text. `lines` learns where lines begin. What is wrong with the YAML is in the document's errors.
 * @throws Unreadable when a limit is reached
 */
export function parseYaml(text: string, lines: LineCounter): YamlDocument {
  const composer = new Composer({
    version: '1.2',
    schema: 'core',
    // Of tags beyond the schema's a text stays text: else !!binary gives bytes, and !!set a Set.
    resolveKnownTags: false,
    merge: true,
    // The parser's own check compares every key of a map with every other; see repeatedKeys.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const { stackTraceLimit } = Error;
  // The library makes an error with a stack for each mistake: a kilobyte for one quotation mark.
  Error.stackTraceLimit = 0;
  try {
    for (const document of composer.compose(tokensOf(text, lines), true, text.length)) return document as YamlDocument;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  throw new Error('no document, though one was forced');
}

/** The text as the parser's tokens, one by one. @throws Unreadable */
function* tokensOf(text: string, lines: LineCounter): ReturnType<Parser['parse']> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    count += 1;
    if (count > LAB_FILE_TOKENS_MAX) {
      throw new Unreadable(`expected at most ${LAB_FILE_TOKENS_MAX} YAML tokens; the file has more`, parser.offset);
    }
    if (lexeme.length > LAB_FILE_TOKEN_CHARACTERS_MAX) {
      const message = `expected at most ${LAB_FILE_TOKEN_CHARACTERS_MAX} characters in one text; this one has ${lexeme.length}`;
      throw new Unreadable(message, parser.offset);
    }
    yield* parser.next(lexeme);
    if (parser.stack.length > LAB_FILE_DEPTH_MAX) {
      throw new Unreadable(`expected at most ${LAB_FILE_DEPTH_MAX} levels; the file nests deeper`, parser.offset);
    }
  }
  yield* parser.end();
}
