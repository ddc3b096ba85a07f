/** The compiler's abort hook. A trap without a message: the host knows the position and writes the report. */
export function abort(_message: usize, _file: usize, _line: u32, _column: u32): void {
  unreachable();
}
