/**
 * AssemblyScript compiler transform: gives the functions of the control door (`control` in asm/build.json) the export names of
 * the component model, `switchback:dataplane/control#set-carrier` for setCarrier. asc itself cannot spell such names.
 */
import { readFileSync } from 'node:fs';
import { Transform } from 'assemblyscript/transform';

const { control: FILES } = JSON.parse(readFileSync(new URL('../asm/build.json', import.meta.url), 'utf8'));
const INTERFACE = 'switchback:dataplane/control';
const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export default class WitExports extends Transform {
  afterInitialize(program) {
    for (const name of FILES) {
      const file = program.filesByName.get(name.replace(/\.ts$/, ''));
      file.exports = new Map([...file.exports].map(([name, element]) => [`${INTERFACE}#${kebab(name)}`, element]));
    }
  }
}
