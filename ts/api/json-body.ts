/**
 * JSON bodies nest within a limit. The parser takes any depth, but whatever looks at its result calls itself for each level, and a
 * body of a megabyte has room for more levels than the stack.
 */
import type { FastifyInstance } from 'fastify';
import { JSON_DEPTH_MAX } from './limits.ts';
import { Problem } from './problem.ts';

const [QUOTE, BACKSLASH] = ['"'.charCodeAt(0), '\\'.charCodeAt(0)];
const OPENING = new Set(['[', '{'].map((text) => text.charCodeAt(0)));
const CLOSING = new Set([']', '}'].map((text) => text.charCodeAt(0)));

/** Refuses bodies that nest too deeply, before they are parsed. */
export function limitJsonDepth(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, parsed) => {
    if (depthOf(String(body)) <= JSON_DEPTH_MAX) return parse(request, String(body), parsed);
    parsed(new Problem('invalid-request', `expected at most ${JSON_DEPTH_MAX} levels of nesting in a JSON body`));
  });
}

/** Levels of lists and objects in a JSON text; brackets within texts are none. */
function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isText && code === BACKSLASH) at++;
    else if (code === QUOTE) isText = !isText;
    else if (isText) continue;
    else if (OPENING.has(code)) deepest = Math.max(deepest, ++depth);
    else if (CLOSING.has(code)) depth--;
  }
  return deepest;
}
