/** How the command line tells a bundle from the name of a lab. */

const ENDING = '.sbk';

/** Whether an argument names a bundle: a file that ends with .sbk, or standard input. */
export function isBundle(argument: string): boolean {
  return argument === '-' || argument.endsWith(ENDING);
}
