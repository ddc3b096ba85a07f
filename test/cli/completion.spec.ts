/** What a shell offers, asked of real shells. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isKnownArgument } from '../../ts/cli/completion/candidates.ts';
import { createProgram } from '../../ts/cli/program.ts';
import { needs } from '../needs.ts';
import { HA_LAB, scratch, switchback } from './switchback.ts';

const dir = scratch();
const data = join(dir, 'data');
const bin = join(dir, 'bin');
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}`, SWITCHBACK_DATA: data };

beforeAll(() => {
  switchback(['run', HA_LAB, '--data', data]);
  mkdirSync(bin);
  symlinkSync(resolve('dist/ts/cli/bin.js'), join(bin, 'switchback'));
});

/** What the key offers at the end of a line, in bash: what it would put in place of its last word. */
function inBash(line: string): readonly string[] {
  const script = `source <(switchback completion bash)
COMP_LINE=$1 COMP_POINT=\${#1}
_switchback
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', line], { env, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\n').filter((word) => word !== '');
}

describe('bash completes', () => {
  test.each([
    ['a verb', 'switchback val', ['validate']],
    ['an option', 'switchback run x.lab.yml --re', ['--replace']],
    ['the value of an option', 'switchback exec -f t', ['table', 'timeline']],
    ['a recorded lab', 'switchback events ha', ['ha-assigned-mac']],
    ['a lab in the directory that the line names', `switchback events --data ${data} ha`, ['ha-assigned-mac']],
    ['a node', 'switchback inspect ha-assigned-mac@20s fw', ['fw1', 'fw2']],
    // Bash has "fw1:" as words of its own already.
    ['an interface', 'switchback capture ha-assigned-mac fw1:', ['eth1', 'eth2', 'ha1']],
    ['a flow', 'switchback explain ha-assigned-mac --flow ', ['client1-down', 'client1-up', 'client2-up']],
    ['a type of event', 'switchback events ha-assigned-mac --type NeighbourUpdateR', ['NeighbourUpdateRefused']],
    ['a command of a lab', 'switchback exec ha-assigned-mac cras', ['crash']],
    ['the nodes that a command is for', 'switchback exec ha-assigned-mac suspend ', ['fw1', 'fw2']],
    ['a rule', 'switchback rule VSW-01', ['VSW-01']],
    ['nothing where a lab is unknown', 'switchback capture nobody fw', []],
    ['nothing behind the last argument', 'switchback mac ha-assigned-mac 02:00:00:00:00:01 ', []],
  ])('%s', (_, line, words) => {
    expect(inBash(line)).toEqual(words);
  });
});

needs('zsh')('zsh', () => {
  test('takes the script, and asks with the words before the cursor', () => {
    const script = `autoload -Uz compinit && compinit -D -u
source <(switchback completion zsh)
compadd() { shift; print -l -- "\${(@P)1}" }
words=(switchback events ha) CURRENT=3
_switchback`;
    const { stdout, stderr } = spawnSync('zsh', ['-fc', script], { env, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toBe('ha-assigned-mac\n');
  });
});

test('every argument of every verb is one that completion knows, or has its choices', async () => {
  const unknown = (await createProgram()).commands.flatMap((verb) =>
    verb.registeredArguments
      .filter((argument) => argument.argChoices === undefined && !isKnownArgument(argument.name()))
      .map((argument) => `${verb.name()} ${argument.name()}`),
  );
  expect(unknown).toEqual(['complete words']);
});

test('a store that is not there offers nothing, and says nothing', () => {
  const { code, stdout, stderr } = switchback(['complete', '--', 'events', '--data', join(dir, 'none'), '']);
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' });
});

describe('at each press of the key', () => {
  let asked = 0;
  /** What each process loads that answers a line. */
  function loaded(...words: readonly string[]): readonly (readonly string[])[] {
    const coverage = join(dir, `loaded-${++asked}`);
    spawnSync(process.execPath, ['dist/ts/cli/bin.js', 'complete', '--', ...words], {
      env: { ...env, NODE_V8_COVERAGE: coverage },
    });
    return readdirSync(coverage).map((file) => {
      const { result } = JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { result: { url: string }[] };
      return result.map(({ url }) => url.slice(url.lastIndexOf('/dist/') + 1));
    });
  }

  test('a verb is completed by one process, which loads no verb', () => {
    const [files = [], ...others] = loaded('val');
    expect(others).toEqual([]);
    expect(files).toContain('dist/ts/cli/completion/candidates.js');
    expect(
      files.filter((file) =>
        /cli\/(run|verify|explain|serve)\.js|model\/(commands|events)|joined\/(model|engine)|gen\//.test(file),
      ),
    ).toEqual([]);
  });

  test('an option loads the verb that stands before it; the name of a lab opens the store in a process of its own', () => {
    const [files = [], ...others] = loaded('verify', '--exp');
    expect(others).toEqual([]);
    expect(files).toContain('dist/ts/cli/verify.js');
    expect(files).not.toContain('dist/ts/cli/run.js');
    expect(loaded('events', 'ha')).toHaveLength(2);
  });
});
