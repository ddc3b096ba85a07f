/** Live migration of a hypervisor, as it is in force. */
import { isCloud } from '../../model/hardware/platforms.ts';
import type { LiveMigration } from '../../model/lab/live-migration.ts';
import { nanos } from '../../values/nanos.ts';
import { type Draft, type DraftNode, durationOf, flagOf } from '../draft/draft.ts';

/** Decision someone may dispute: 8 GiB of memory over a line of 10 Gbit/s, once. */
const PRE_COPY = nanos(7_000_000_000);
/** QEMU's target, DEFAULT_MIGRATE_SET_DOWNTIME in migration/options.c; here it is the same on every platform. */
const STUN = nanos(300_000_000);

/** Rule PCI-03. */
export function liveMigrationOf(draft: Draft, node: DraftNode): { liveMigration?: LiveMigration } {
  const raw = node.raw['live-migration'];
  if (raw === undefined || raw === 'off' || raw === false) return {};
  const platform = node.raw.platform ?? 'esxi';
  if (isCloud(platform)) {
    const message = `nobody can have a guest on ${platform} migrated: the cloud does that itself`;
    draft.errorAtKey(draft.where(node, 'live-migration'), message, { rule: 'PCI-03', remedy: 'remove live-migration' });
    return {};
  }
  const settings = typeof raw === 'object' ? raw : {};
  return {
    liveMigration: {
      preCopyNs: durationOf(settings['pre-copy'], PRE_COPY),
      stunNs: durationOf(settings.stun, STUN),
      ...(flagOf(settings['guest-announce'], false) && { guestAnnounces: true }),
    },
  };
}
