/**
 * The whole page in one file, which opens a bundle from `file://` with the network cut. Such a page can fetch nothing and load no other
 * script, so the worker's script, the data plane and the rules stand in it as data (ts/page/parts-of-page.ts). Its policy names the one script and the
 * one style sheet by their hashes, and no address at all: it could not send anything anywhere.
 */
import { createHash } from 'node:crypto';
import type { PageFiles } from '../ts/services/page/page-files.ts';
import { dense } from './page-dense.ts';

const STYLE_LINE = '<link rel="stylesheet" href="page.css">';
const SCRIPT_LINE = '<script src="page.js"></script>';
const FIRST_LINE = '<meta charset="utf-8">';

/** @throws Error when the page's document is not the one that this knows */
export function singleFile({ html, css, script, worker, wasm, rules, ruleNames, licences }: Omit<PageFiles, 'single'>): string {
  const [style, code] = [`\n${css}`, `\n${inScript(script)}`];
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(code)} 'wasm-unsafe-eval'`,
    `style-src ${hashOf(style)}`,
    'worker-src blob:',
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types switchback',
  ].join('; ');
  const data = [
    `<script type="text/plain" id="licences">${inScript(licences)}</script>`,
    packed('dataplane', wasm),
    packed('worker', Buffer.from(worker)),
    packed('rules', Buffer.from(rules)),
    packed('rule-names', Buffer.from(ruleNames)),
  ];
  const lines: readonly (readonly [line: string, by: string])[] = [
    [FIRST_LINE, `${FIRST_LINE}\n<meta http-equiv="Content-Security-Policy" content="${policy}">`],
    [STYLE_LINE, `<style>${style}</style>`],
    [SCRIPT_LINE, [...data, `<script>${code}</script>`].join('\n')],
  ];
  return lines.reduce((text, [line, by]) => {
    if (!text.includes(line)) throw new Error(`the page has no line ${line}`);
    return text.replace(line, () => by);
  }, html);
}

function packed(id: string, bytes: Uint8Array): string {
  return `<script type="text/plain" id="${id}">${Buffer.from(dense(bytes)).toString('base64')}</script>`;
}

/** A script's text as it may stand in a document: no sequence in it ends the element, or begins what would hide its end. */
function inScript(text: string): string {
  return text.replaceAll(/<\/(?=script)/gi, '<\\/').replaceAll('<!--', '<\\!--');
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
