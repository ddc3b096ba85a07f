import { expect, test } from 'vitest';
import { leanBindings } from './lean-bindings.ts';

/** One function as jco writes it, without what calls no longer use. */
const WRITTEN = `  let RESOURCE_SCOPE_ID = 0;
  class AsyncTask {}
  class ComponentError extends Error {
  }
  let gen = (function* () {
    let exports0;
    let memory0;
    let controlHasHappened;
    
    function hasHappened(arg0) {
      
      const hostProvided = false;
      getOrCreateAsyncState(0).throwIfTrapped();
      
      const [task, _wasm_call_currentTaskID] = createNewCurrentTask({
        componentIdx: 0,
        isAsync: false,
        isManualAsync: false,
        preserveFutureResult: false,
        entryFnName: 'controlHasHappened',
        getCallbackFn: () => null,
        callbackFnName: null,
        errHandling: 'none',
        callingWasmExport: true,
      });
      task.setCalleeIsAsync(false);
      
      const started = task.enterSync();
      CURRENT_TASK_MAY_BLOCK.value = task.mayBlock() ? 1 : 0;
      
      if (null!== null) {
        task.setReturnMemoryIdx(null);
        task.setReturnMemory((() => null)());
      }
      
      
      return _withGlobalCurrentTaskMeta({
        taskID: task.id(),
        componentIdx: task.componentIdx(),
        fn: () => {
          try {
            
            _debugLog('[iface="switchback:dataplane/control", function="has-happened"][Instruction::CallWasm] enter', {
              funcName: 'has-happened',
              paramCount: 1,
              async: false,
              postReturn: false,
            });
            
            let ret;
            
            try {
              ret =  _withGlobalCurrentTaskMeta({
                taskID: task.id(),
                componentIdx: task.componentIdx(),
                fn: () => controlHasHappened(toUint32(arg0)),
              });
            } catch (err) {
              
              _debugLog('[Instruction::CallWasm] error during sync call', {
                taskID: task.id(),
                err,
              });
              getOrCreateAsyncState(0).markTrapped(err);
              task.setErrored(err);
              task.reject(err);
              task.exit();
              throw err;
              
            }
            
            var bool0 = ret;
            _debugLog('[iface="switchback:dataplane/control", function="has-happened"][Instruction::Return]', {
              funcName: 'has-happened',
              paramCount: 1,
              async: false,
              postReturn: false
            });
            task.resolve([bool0 == 0 ? false : (bool0 == 1 ? true : throwInvalidBool())]);
            task.exit();
            return bool0 == 0 ? false : (bool0 == 1 ? true : throwInvalidBool());
            
          } catch (err) {
            if (!task.isResolvedState()) {
              task.setErrored(err);
              task.reject(err);
            }
            if (!task.isExited()) { task.exit({ skipExclusiveLockCheck: true }); }
            throw err;
          }
        },
      });
      
    }
  })();
`;

test('a call of the control door makes no task: it checks its numbers, calls, and reads the result', () => {
  const lean = leanBindings(WRITTEN);
  expect(lean).not.toContain('AsyncTask');
  const body = /function hasHappened[\s\S]*?\n {4}\}/
    .exec(lean)?.[0]
    .split('\n')
    .map((line) => line.trim());
  expect(body?.filter((line) => line !== '')).toEqual([
    'function hasHappened(arg0) {',
    'refuseTrapped();',
    'let ret;',
    'try { ret = controlHasHappened(toUint32(arg0)); } catch (err) { throw trapped(err); }',
    'var bool0 = ret;',
    'return bool0 == 0 ? false : (bool0 == 1 ? true : throwInvalidBool());',
    '}',
  ]);
});

test('behind a trap every call is refused, and behind other errors none', () => {
  const traps = /let isTrapped[\s\S]*?return error;\n {2}\}/.exec(leanBindings(WRITTEN))?.[0] ?? '';
  const state = new Function(`${traps}; return { refuseTrapped, trapped };`)() as {
    refuseTrapped(): void;
    trapped(error: unknown): unknown;
  };
  state.trapped(new TypeError('invalid u32 value [-1]'));
  expect(() => state.refuseTrapped()).not.toThrow();
  state.trapped(new WebAssembly.RuntimeError('unreachable'));
  expect(() => state.refuseTrapped()).toThrow('cannot enter component instance');
});

test.each([
  ['the end of a call', 'task.exit({ skipExclusiveLockCheck: true })', 'task.leave()', 'hasHappened: jco writes it differently'],
  ['what a call uses', 'var bool0 = ret', 'var bool0 = task.resolved(ret)', 'still use task.'],
  ['the beginning of the file', 'let RESOURCE_SCOPE_ID = 0', 'let SCOPE = 0', 'do not begin as jco began them'],
])('a template that is not the known one ends the build: %s', (_, known, other, message) => {
  expect(() => leanBindings(WRITTEN.replace(known, other))).toThrow(message);
});
