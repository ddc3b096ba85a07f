/**
 * AssemblyScript compiler transform: gives the functions of asm/control.ts the export names of the component model,
 * `switchback:dataplane/control#set-carrier` for setCarrier. asc itself cannot spell such names.
 */
import { Transform } from 'assemblyscript/transform';

const FILE = 'asm/control';
const INTERFACE = 'switchback:dataplane/control';
const kebab = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

export default class WitExports extends Transform {
  afterInitialize(program) {
    const file = program.filesByName.get(FILE);
    file.exports = new Map([...file.exports].map(([name, element]) => [`${INTERFACE}#${kebab(name)}`, element]));
  }
}
