/** fsync server backup and restore. */
import { resolve } from 'node:path';
import { backUp } from '../backup/backup.js';
import { restore } from '../backup/restore.js';
import { openCare } from '../compose-care.js';
import { byteText, clock, countText, DAMAGED, printDocument, timeText, type CareCommand } from './care-command.js';

const extras = { flags: ['json'], texts: [], operands: [{ name: 'DIR', required: true }] };

export const backupCommand: CareCommand = {
  usage: 'backup DIR [--json]',
  extras,
  async run(context) {
    const { line, logger, signal, version, print } = context;
    const { dataDir } = line.options;
    const directory = resolve(line.operands[0] ?? '');
    const care = await openCare(line.options, { clock, logger });
    try {
      const report = await backUp({ ...care, dataDir, version }, directory, signal);
      const { copiedPacks, copiedBytes, presentPacks, damaged } = report;
      if (line.flag('json')) printDocument(context, 'fsync/server-backup/1', { directory, ...report });
      else {
        print(
          `Backup in ${directory}: ${countText(copiedPacks, 'pack')} copied (${byteText(copiedBytes)}), ${String(presentPacks)} there before.\n`,
        );
        if (!report.secrets) print('The secrets of the server are in variables: keep them yourself.\n');
        if (damaged.length > 0) print(`${countText(damaged.length, 'pack')} damaged and not in the backup; see fsync server check.\n`);
      }
      return damaged.length === 0 ? 0 : DAMAGED;
    } finally {
      await care.close();
    }
  },
};

export const restoreCommand: CareCommand = {
  usage: 'restore DIR [--json]',
  extras,
  async run(context) {
    const { line, signal, print } = context;
    const directory = resolve(line.operands[0] ?? '');
    const report = await restore(directory, line.options, { now: clock.now(), signal });
    const { dataDir } = line.options;
    if (line.flag('json')) printDocument(context, 'fsync/server-restore/1', { directory, dataDir, ...report });
    else {
      print(
        `Restored the backup of ${timeText(Date.parse(report.createdAt))} into ${dataDir}: ${countText(report.packs, 'pack')} (${byteText(report.bytes)}).\n`,
      );
      if (!report.secrets) print('Give the server the secrets that it had in variables.\n');
      print('Devices will say that the server went back; fsync guard approve on each sends again what it lacks.\n');
    }
    return 0;
  },
};
