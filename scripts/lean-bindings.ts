/**
 * Makes jco's bindings of the data plane lean. jco writes them for components that may be asynchronous: each call makes a task, enters and
 * leaves it, and asks the environment whether to log. The data plane is synchronous and imports nothing, so none of that can matter; it was
 * nine tenths of what a call costs, and half of the file.
 *
 * What stays: numbers are checked on their way in, results are read as jco reads them, and behind a trap every call is refused. A template
 * that is not the known one ends the build: it is looked at before it is believed.
 */

/** One function of the control door as jco writes it; its body is group 3. */
const DOOR = /\n {4}function (\w+)\(([^)]*)\) \{\n( {6}\n {6}const hostProvided = false;\n.*?)\n {4}\}\n/gs;
const HEAD =
  / *\n *const hostProvided = false;\s*getOrCreateAsyncState\(0\)\.throwIfTrapped\(\);\s*const \[task, _wasm_call_currentTaskID\] = createNewCurrentTask\(\{\s*componentIdx: 0,\s*isAsync: false,[^}]*\}\);\s*task\.setCalleeIsAsync\(false\);\s*const started = task\.enterSync\(\);\s*CURRENT_TASK_MAY_BLOCK\.value = task\.mayBlock\(\) \? 1 : 0;\s*if \((?:0|null)!== null\) \{[^}]*\}\s*return _withGlobalCurrentTaskMeta\(\{\s*taskID: task\.id\(\),\s*componentIdx: task\.componentIdx\(\),\s*fn: \(\) => \{\s*try \{/;
const TAIL =
  /\} catch \(err\) \{\s*if \(!task\.isResolvedState\(\)\) \{\s*task\.setErrored\(err\);\s*task\.reject\(err\);\s*\}\s*if \(!task\.isExited\(\)\) \{ task\.exit\(\{ skipExclusiveLockCheck: true \}\); \}\s*throw err;\s*\}\s*\},\s*\}\);\s*$/;
const CALL =
  /let ret;\s*try \{\s*(?:ret = +)?_withGlobalCurrentTaskMeta\(\{\s*taskID: task\.id\(\),\s*componentIdx: task\.componentIdx\(\),\s*fn: \(\) => (\w+\(.*\)),\s*\}\);\s*\} catch \(err\) \{\s*_debugLog\([^;]*?\}\);\s*getOrCreateAsyncState\(0\)\.markTrapped\(err\);\s*task\.setErrored\(err\);\s*task\.reject\(err\);\s*task\.exit\(\);\s*throw err;\s*\}/;
const LOG = /_debugLog\('\[iface="[^;]*?\}\);/g;
const RESOLVE = /task\.resolve\(\[[^;]*\]\);\s*task\.exit\(\);/;
/** Reading `result<_, error-code>`: the same lines in each function that may fail, but for the numbers of names. */
const FALLIBLE = /let (variant\d+);\s*switch [\s\S]*const retCopy = \1;[\s\S]*return retCopy\.val;/;
/** What a lean function may not use any more: it is cut with the tasks. */
const GONE = /\b(?:task\.|hostProvided|_debugLog|getOrCreateAsyncState|createNewCurrentTask|CURRENT_TASK|ASYNC_)\w*/;

const TASKS_BEGIN = '  let RESOURCE_SCOPE_ID = 0;\n';
const TASKS_END = '  class ComponentError extends Error {\n';

const TRAPS = `  let isTrapped = false;

  function refuseTrapped() {
    if (isTrapped) throw new WebAssembly.RuntimeError('wasm trap: cannot enter component instance');
  }

  function trapped(error) {
    if (error instanceof WebAssembly.RuntimeError) isTrapped = true;
    return error;
  }

`;

/** @param source JavaScript that jco wrote. @throws Error naming the function whose template is not the known one */
export function leanBindings(source: string): string {
  const begin = source.indexOf(TASKS_BEGIN);
  const end = source.indexOf(TASKS_END);
  if (begin < 0 || end < begin) throw new Error('the bindings do not begin as jco began them: see scripts/lean-bindings.ts');
  let fallible: string | null = null;
  const functions = source.slice(end).replaceAll(DOOR, (_, name: string, given: string, body: string) => {
    const [result, lean] = leanBody(name, body);
    if (result !== null) {
      fallible ??= result;
      if (numberless(result) !== numberless(fallible)) throw new Error(`${name}: its result is read in a way of its own`);
    }
    return `\n    function ${name}(${given}) {\n${lean}\n    }\n`;
  });
  const made = source.slice(0, begin) + TRAPS + functions.replace('    let memory0;\n', `    let memory0;\n${readerOf(fallible)}`);
  const left = GONE.exec(made);
  if (left !== null) throw new Error(`the bindings still use ${left[0]}: see scripts/lean-bindings.ts`);
  return made;
}

/** The lines that read a result which may be an error, taken out to be shared; null for none. And the body without them. */
function leanBody(name: string, body: string): readonly [string | null, string] {
  for (const part of [HEAD, TAIL, CALL, RESOLVE]) {
    if (!part.test(body)) throw new Error(`${name}: jco writes it differently than before: see scripts/lean-bindings.ts`);
  }
  const call = (_: string, called: string): string =>
    `refuseTrapped();\n      let ret;\n      try { ret = ${called}; } catch (err) { throw trapped(err); }`;
  const plain = body.replace(HEAD, '').replace(TAIL, '').replace(CALL, call).replace(RESOLVE, '').replaceAll(LOG, '');
  const [result = null] = FALLIBLE.exec(plain) ?? [];
  return [result, result === null ? plain : plain.replace(result, () => 'return resultOf(ret);')];
}

function readerOf(result: string | null): string {
  return result === null ? '' : `\n    function resultOf(ret) {\n      ${result}\n    }\n`;
}

function numberless(text: string): string {
  return text.replaceAll(/\b(variant|enum)\d+/g, '$1').replaceAll(/\s+/g, ' ');
}
