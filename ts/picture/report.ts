/**
 * A report for a ticket: picture, time line, checks and losses in one page that holds everything it needs. It has no script, asks nothing of
 * any network, and its policy says so (`Content-Security-Policy`).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { formatSeconds } from '../values/nanos.ts';
import type { Element, SvgElement } from './element.ts';
import { PICTURE_STYLE } from './style.ts';
import { markup } from './svg-text.ts';
import { countedText, countText, legible } from './text.ts';

export interface ReportCheck {
  readonly name: string;
  readonly description: string;
  readonly pass: boolean;
  readonly failures: readonly string[];
}

export interface ReportLoss {
  readonly at: string;
  readonly reason: string;
  readonly frames: number;
  readonly fromNs: number;
  readonly toNs: number;
  /** Sentences, nearest first. */
  readonly because: readonly string[];
}

export interface ReportFlow {
  readonly name: string;
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  /** Null where nobody asked why. */
  readonly losses: readonly ReportLoss[] | null;
}

export interface ReportParts {
  readonly lab: string;
  /** Of the picture. */
  readonly position: number;
  readonly atNs: number;
  /** The end of the history, and its chain in hexadecimal. */
  readonly end: number;
  readonly chain: string;
  /** Whether a re-execution by this build has that chain; null where nobody tried. */
  readonly isProven: boolean | null;
  readonly picture: SvgElement;
  readonly strip: SvgElement;
  /** What was done to the lab, in order. */
  readonly done: readonly { readonly position: number; readonly atNs: number; readonly text: string }[];
  /** Null where no lab file says what is expected. */
  readonly checks: readonly ReportCheck[] | null;
  readonly flows: readonly ReportFlow[];
}

export const HTML_TAGS = [
  'html',
  'head',
  'meta',
  'title',
  'style',
  'body',
  'h1',
  'h2',
  'p',
  'table',
  'tr',
  'th',
  'td',
  'ul',
  'li',
  'code',
] as const;

type HtmlTag = (typeof HTML_TAGS)[number];
type HtmlElement = Element<string, string>;

/** No character of it needs escaping: an element of style is no place for references. */
export const REPORT_STYLE = `${PICTURE_STYLE}
body{font:14px/1.45 system-ui,sans-serif;margin:24px auto;max-width:1100px;padding:0 16px;color:#1b1f24;background:#fff}
svg{width:100%;height:auto}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:4px 10px 4px 0;border-bottom:1px solid #c8ced4}
ul{margin:0;padding-left:18px}
code{overflow-wrap:anywhere}
.fail{color:#b3261e;font-weight:600}
@media (prefers-color-scheme:dark){body{color:#e7eaee;background:#14171b}th,td{border-color:#3a424a}.fail{color:#ff8a80}}
`;

/** The report as an HTML document. */
export function reportText(parts: ReportParts): string {
  const head = html('head', {}, [
    html('meta', { charset: 'utf-8' }),
    html('meta', { 'http-equiv': 'Content-Security-Policy', content: policy() }),
    html('meta', { name: 'viewport', content: 'width=device-width' }),
    html('title', {}, [`${parts.lab}: report`]),
    html('style', {}, [REPORT_STYLE]),
  ]);
  const root = html('html', { lang: 'en' }, [head, html('body', {}, bodyOf(parts))]);
  return `<!doctype html>\n${markup(root, 'html')}\n`;
}

/** Nothing but this very style sheet. */
function policy(): string {
  const digest = sha256(new TextEncoder().encode(REPORT_STYLE));
  return `default-src 'none'; style-src 'sha256-${btoa(String.fromCharCode(...digest))}'; base-uri 'none'; form-action 'none'`;
}

function bodyOf(parts: ReportParts): readonly HtmlElement[] {
  const { lab, position, atNs, end, chain, isProven, picture, strip, done, checks, flows } = parts;
  const proof =
    isProven === null ? '' : isProven ? 'A re-execution has this chain.' : 'A RE-EXECUTION BY THIS BUILD HAS ANOTHER CHAIN.';
  return [
    html('h1', {}, [lab]),
    html('p', {}, [`Picture: position ${position}, ${formatSeconds(atNs)} s. History: ${countedText(end, 'event')}.`]),
    html('p', {}, ['Chain ', html('code', {}, [chain]), `. ${proof}`]),
    picture,
    html('h2', {}, ['Time line']),
    strip,
    ...(done.length === 0 ? [] : [html('h2', {}, ['What was done']), doneTable(done)]),
    ...(checks === null ? [] : [html('h2', {}, ['Checks']), checkTable(checks)]),
    html('h2', {}, ['Flows']),
    flows.length === 0 ? html('p', {}, ['The lab has no flows.']) : flowTable(flows),
    ...flows.flatMap(lossTable),
  ];
}

function doneTable(done: ReportParts['done']): HtmlElement {
  const rows = done.map(({ position, atNs, text }) => [`#${position}`, `${formatSeconds(atNs)} s`, text]);
  return tableOf(
    ['position', 'time', 'input'],
    rows.map((row) => row.map((text) => html('td', {}, [text]))),
  );
}

function checkTable(checks: readonly ReportCheck[]): HtmlElement {
  const rows = checks.map(({ name, description, pass, failures }) => [
    html('td', pass ? {} : { class: 'fail' }, [pass ? 'pass' : 'FAIL']),
    html('td', {}, [name]),
    html('td', {}, failures.length === 0 ? [description] : [description, listOf(failures)]),
  ]);
  return tableOf(['verdict', 'check', 'says'], rows);
}

function flowTable(flows: readonly ReportFlow[]): HtmlElement {
  const cells = flows.map(({ name, sent, received, lost }) => [name, countText(sent), countText(received), countText(lost)]);
  return tableOf(
    ['flow', 'sent', 'received', 'lost'],
    cells.map((row) => row.map((text) => html('td', {}, [text]))),
  );
}

function lossTable({ name, lost, losses }: ReportFlow): readonly HtmlElement[] {
  if (lost === 0 && (losses ?? []).length === 0) return [];
  const heading = html('h2', {}, [`Why ${name} lost frames`]);
  if (losses === null) return [heading, html('p', {}, [`Not asked here: switchback explain LAB --flow ${name}`])];
  const rows = losses.map(({ frames, at, reason, fromNs, toNs, because }) => [
    html('td', {}, [countText(frames)]),
    html('td', {}, [at]),
    html('td', {}, [reason]),
    html('td', {}, [`${formatSeconds(fromNs)} to ${formatSeconds(toNs)} s`]),
    html('td', {}, [listOf(because)]),
  ]);
  return [heading, tableOf(['frames', 'at', 'reason', 'when', 'because'], rows)];
}

function tableOf(heads: readonly string[], rows: readonly (readonly HtmlElement[])[]): HtmlElement {
  return html('table', {}, [
    html(
      'tr',
      {},
      heads.map((head) => html('th', {}, [head])),
    ),
    ...rows.map((row) => html('tr', {}, row)),
  ]);
}

function listOf(items: readonly string[]): HtmlElement {
  return html(
    'ul',
    {},
    items.map((item) => html('li', {}, [item])),
  );
}

function html(
  tag: HtmlTag,
  attributes: Readonly<Record<string, string>>,
  children: readonly (HtmlElement | string)[] = [],
): HtmlElement {
  return { tag, key: '', attributes, children: children.map((child) => (typeof child === 'string' ? legible(child) : child)) };
}
