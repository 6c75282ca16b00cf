/** fsync server check: is everything that the vaults refer to there and right. */
import { openCare } from '../compose-care.js';
import { inspect, type VaultFindings } from '../services/inspector.js';
import { byteText, clock, countText, DAMAGED, printDocument, type CareCommand } from './care-command.js';

function describe({ id, owner, commits, nodes, chunks, packs, bytes, problems, problemCount }: VaultFindings): string {
  const size = `${countText(commits, 'commit')}, ${countText(nodes, 'node')}, ${countText(chunks, 'chunk')} in ${countText(packs, 'pack')} (${byteText(bytes)})`;
  const more = problemCount > problems.length ? [`and ${String(problemCount - problems.length)} more`] : [];
  const found = [...problems, ...more].map((problem) => `  ${problem}\n`).join('');
  return `vault ${id.slice(0, 16)} of ${owner}: ${size}: ${problemCount === 0 ? 'ok' : countText(problemCount, 'problem')}\n${found}`;
}

export const checkCommand: CareCommand = {
  usage: 'check [--read-data] [--json]',
  extras: { flags: ['read-data', 'json'], texts: [], operands: [] },
  async run(context) {
    const { line, logger, signal, print } = context;
    const readData = line.flag('read-data');
    const asDocument = line.flag('json');
    const care = await openCare(line.options, { clock, logger });
    try {
      const vaults: VaultFindings[] = [];
      for await (const findings of inspect(care, { readData, signal })) {
        vaults.push(findings);
        if (!asDocument) print(describe(findings));
      }
      const damaged = vaults.filter(({ problemCount }) => problemCount > 0).length;
      if (asDocument) printDocument(context, 'fsync/server-check/1', { ok: damaged === 0, readData, vaults });
      else
        print(
          damaged === 0
            ? `All is right: ${countText(vaults.length, 'vault')}.\n`
            : `Of ${countText(vaults.length, 'vault')}, ${String(damaged)} damaged.\n`,
        );
      return damaged === 0 ? 0 : DAMAGED;
    } finally {
      await care.close();
    }
  },
};
