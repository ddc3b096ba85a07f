/**
 * Notices: fixed-size records for the host, in the order in which things happened. The host reads them when a run returns. What is
 * counted instead (later drops of a run, later moves of a MAC address) the host reads at inputs and once per virtual second.
 */
import * as L from '../memory/layout';
import { setTimer } from '../memory/queue';
import { header, IO } from '../memory/region';
import { NANOS_PER_SECOND } from '../memory/slot';

/** Address of a new notice, which has its kind and its time. */
export function newNotice(kind: u32): usize {
  const count = load<u32>(IO + L.IO_NOTICE_COUNT);
  assert(count < load<u32>(IO + L.IO_NOTICE_SIZE));
  store<u32>(IO + L.IO_NOTICE_COUNT, count + 1);
  const at: usize = load<u32>(IO + L.IO_NOTICE_AT) + count * L.NOTICE_BYTES;
  store<u64>(at + L.NOTICE_AT_NS, header().nowNs);
  store<u32>(at + L.NOTICE_KIND, kind);
  return at;
}

/** Arms the timer that has the host read what was counted, at the end of this virtual second. */
export function askForFlush(): void {
  const head = header();
  if (head.dropsPending !== 0) return;
  head.dropsPending = 1;
  setTimer(head.dropTimer, (head.nowNs / NANOS_PER_SECOND + 1) * NANOS_PER_SECOND);
}
