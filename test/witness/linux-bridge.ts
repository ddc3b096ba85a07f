/** Sends frames through a real Linux bridge (bridge-child.ts) and answers by which ports each of them left. */
import type { BridgeAnswer, BridgeRequest } from './bridge-child.ts';
import { askInNamespaces } from './in-namespaces.ts';

const PATIENCE_MS = 20_000;

export function throughLinuxBridge(request: BridgeRequest): Promise<BridgeAnswer> {
  return askInNamespaces('bridge-child.ts', request, PATIENCE_MS);
}
