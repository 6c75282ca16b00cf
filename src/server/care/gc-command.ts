/** fsync server gc: what nothing refers to goes; a server may run beside. */
import { openCare } from '../compose-care.js';
import type { CollectionReport } from '../services/collection.js';
import { createCollector } from '../services/collector.js';
import { byteText, clock, columns, countText, printDocument, type CareCommand } from './care-command.js';

/** A server beside gets half of the time. */
const REST = 1;

function lines(report: CollectionReport): string {
  const { revisions, chunks, chunkBytes, waitingChunks, packs, packBytes, repackedPacks, repackedBytes } = report;
  return columns([
    ['replaced versions', String(revisions)],
    ['unused chunks', `${String(chunks)} (${byteText(chunkBytes)}); ${String(waitingChunks)} are kept for a while`],
    ['unused packs', `${String(packs)} (${byteText(packBytes)})`],
    ['packs written anew', `${String(repackedPacks)} (${byteText(repackedBytes)} won)`],
    ['deleted vaults', String(report.vaults)],
    ['removed from the disk', `${countText(report.blobs, 'pack')} (${byteText(report.blobBytes)})`],
    ['to be removed later', `${countText(report.waitingBlobs, 'pack')} (${byteText(report.waitingBlobBytes)})`],
    ...(report.damagedPacks > 0 ? [['damaged packs', `${String(report.damagedPacks)}; see fsync server check --read-data`]] : []),
  ]);
}

export const gcCommand: CareCommand = {
  usage: 'gc [--dry-run] [--json]',
  extras: { flags: ['dry-run', 'json'], texts: [], operands: [] },
  async run(context) {
    const { line, logger, signal } = context;
    const dryRun = line.flag('dry-run');
    const care = await openCare(line.options, { clock, logger });
    try {
      const collector = createCollector({ ...care, settings: line.options });
      const report = dryRun ? await collector.estimate() : await collector.run({ rest: REST, signal });
      if (line.flag('json')) printDocument(context, 'fsync/server-gc/1', { dryRun, ...report });
      else context.print(`${dryRun ? 'Nothing was changed. This would go:\n' : ''}${lines(report)}`);
      return 0;
    } finally {
      await care.close();
    }
  },
};
