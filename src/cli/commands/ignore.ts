/** ignore: appends rules to the vault's `.fsyncignore`. */
import { FsyncError } from '../../core/base/errors.js';
import { IGNORE_FILE } from '../../core/ignore/ignore-rules.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { appendPatterns, newlyIgnored, readIgnoreRules } from '../ignore-file.js';
import { formatCount } from '../output/quantities.js';
import { dim, yellow } from '../output/text.js';
import { findVault } from '../vault-root.js';

export function runIgnore({ cwd, output }: CommandContext, args: Arguments): Promise<number> {
  const { root } = findVault(cwd, '.');
  const patterns = args.operands.map(checkedPattern);
  const before = readIgnoreRules(root);
  const lines = new Set(before.text.split(/\r?\n/));
  const added = [...new Set(patterns.filter((pattern) => !lines.has(pattern)))];
  const present = [...new Set(patterns.filter((pattern) => lines.has(pattern)))];
  appendPatterns(before, added);
  const { partial, ...matching } = newlyIgnored(root, before.rules, readIgnoreRules(root).rules);
  if (args.flag('json')) {
    output.document({ schema: 'fsync/ignore/1', file: before.file, added, present, matching });
    return Promise.resolve(0);
  }
  for (const pattern of added) output.line(`${IGNORE_FILE}: added ${pattern}`);
  for (const pattern of present) output.line(dim(`${IGNORE_FILE}: ${pattern} is there already`));
  if (matching.count === 0) return Promise.resolve(0);
  const more = matching.count > matching.sample.length ? ', …' : '';
  output.note(
    yellow(`warning: ${formatCount(matching.count, 'path')}${partial ? ' or more' : ''} here match: ${matching.sample.join(', ')}${more}`),
  );
  output.note('They are not deleted anywhere, but their changes are no longer exchanged.');
  return Promise.resolve(0);
}

/** @throws FsyncError usage for what would be no pattern, or more than one line */
function checkedPattern(pattern: string): string {
  if (pattern.trim() !== '' && !/[\r\n\0]/.test(pattern) && !pattern.startsWith('#')) return pattern;
  throw new FsyncError('usage', `not a pattern: ${JSON.stringify(pattern)}`, {
    hints: ['One line as in .gitignore; a leading # is written as \\#.'],
  });
}
