/**
 * AssemblyScript compiler transform: gives the functions of the control door (asm/doors/control.ts, asm/doors/control-io.ts) the export
 * names of the component model, `switchback:dataplane/control#set-carrier` for setCarrier. asc itself cannot spell such names.
 */
import { Transform } from 'assemblyscript/transform';

const FILES = ['asm/doors/control', 'asm/doors/control-io'];
const INTERFACE = 'switchback:dataplane/control';
const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export default class WitExports extends Transform {
  afterInitialize(program) {
    for (const name of FILES) {
      const file = program.filesByName.get(name);
      file.exports = new Map([...file.exports].map(([name, element]) => [`${INTERFACE}#${kebab(name)}`, element]));
    }
  }
}
