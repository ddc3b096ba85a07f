/**
 * Reads XML as a strict parser does (XML 1.0, 5th edition): elements, attributes, text and the five named entities. No comments, no sections,
 * no instructions, no document types: what writes markup here must not write them. It shares nothing with that.
 */
export interface XmlElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (XmlElement | string)[];
}

const NAME = /[A-Za-z_:][\w:.-]*/y;
/** Production [2] Char. */
const CHARACTERS = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The root of a document. @throws SyntaxError where it is not well-formed */
export function readXml(text: string): XmlElement {
  if (!CHARACTERS.test(text)) throw new SyntaxError('a character that XML does not allow');
  const reader = new Reader(text.trim());
  const root = reader.element();
  if (!reader.isAtEnd) throw new SyntaxError(`something follows the root: ${reader.rest}`);
  return root;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  get rest(): string {
    return this.#text.slice(this.#at, this.#at + 40);
  }

  element(): XmlElement {
    this.#take('<');
    const tag = this.#name();
    const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
    while (this.#space() && this.#peek() !== '/' && this.#peek() !== '>') {
      const name = this.#name();
      this.#take('="');
      if (name in attributes) throw new SyntaxError(`attribute ${name} twice`);
      const value = this.#until('"');
      if (value.includes('<')) throw new SyntaxError(`< in attribute ${name}`);
      attributes[name] = decoded(value.replace(/[\t\n\r]/g, ' '));
      this.#take('"');
    }
    if (this.#peek() === '/') {
      this.#take('/>');
      return { tag, attributes, children: [] };
    }
    this.#take('>');
    const children = this.#children();
    this.#take(`</${tag}>`);
    return { tag, attributes, children };
  }

  #children(): (XmlElement | string)[] {
    const children: (XmlElement | string)[] = [];
    for (;;) {
      const text = this.#until('<');
      if (text.includes(']]>')) throw new SyntaxError(']]> in text');
      if (text !== '') children.push(decoded(text));
      if (this.#text.startsWith('</', this.#at)) return children;
      children.push(this.element());
    }
  }

  #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #take(expected: string): void {
    if (!this.#text.startsWith(expected, this.#at)) throw new SyntaxError(`expected ${expected} at: ${this.rest}`);
    this.#at += expected.length;
  }

  #name(): string {
    NAME.lastIndex = this.#at;
    const name = NAME.exec(this.#text)?.[0];
    if (name === undefined) throw new SyntaxError(`expected a name at: ${this.rest}`);
    this.#at += name.length;
    return name;
  }

  #space(): boolean {
    while (/\s/.test(this.#peek())) this.#at += 1;
    return !this.isAtEnd;
  }

  #until(end: string): string {
    const at = this.#text.indexOf(end, this.#at);
    if (at < 0) throw new SyntaxError(`no ${end} after: ${this.rest}`);
    const found = this.#text.slice(this.#at, at);
    this.#at = at;
    return found;
  }
}

function decoded(text: string): string {
  const whole = text.replace(/&(?:#(\d+)|(\w+));/g, (_, number?: string, name?: string) => {
    const found = number === undefined ? ENTITIES[name ?? ''] : String.fromCodePoint(Number(number));
    if (found === undefined) throw new SyntaxError(`no entity ${name}`);
    return found === '&' ? '\u0000' : found;
  });
  if (whole.includes('&')) throw new SyntaxError(`a bare & in: ${text}`);
  return whole.replaceAll('\u0000', '&');
}

/** All elements of a tree, the root first. */
export function allElements(root: XmlElement): readonly XmlElement[] {
  return [root, ...root.children.flatMap((child) => (typeof child === 'string' ? [] : allElements(child)))];
}
