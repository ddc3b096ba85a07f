/**
 * AssemblyScript compiler transform: a function below a line `// inline` is compiled into its callers, as the decorator
 * `@inline` would have it. The decorator itself is no TypeScript, so no checker or formatter would read the file.
 */
import { DecoratorFlags } from 'assemblyscript';
import { Transform } from 'assemblyscript/transform';

const MARK = /^\/\/ inline\n(?:export )?$/m;

export default class Inline extends Transform {
  afterInitialize(program) {
    for (const file of program.filesByName.values()) {
      if (!file.internalName.startsWith('asm/')) continue;
      for (const element of file.members.values()) {
        const { range } = element.declaration ?? {};
        if (range === undefined) continue;
        const before = range.source.text.slice(Math.max(0, range.start - 20), range.start);
        if (MARK.test(before.slice(before.lastIndexOf('//')))) element.decoratorFlags |= DecoratorFlags.Inline;
      }
    }
  }
}
