/** Whether the host named a node or port that the lab has. */
import { header } from '../memory/region';

export function nodeExists(id: u32): bool {
  return id < header().nodeCount;
}

export function portExists(id: u32): bool {
  return id < header().portCount;
}
