/** check-ignore: which rule decides about a path. */
import { join } from 'node:path';
import { IGNORE_FILE } from '../../core/ignore/ignore-rules.js';
import type { IgnoreCheckDocument } from '../../core/protocol/local-documents.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { readIgnoreRules } from '../ignore-file.js';
import { findVault, isRealDirectory } from '../vault-root.js';

export function runCheckIgnore({ cwd, output }: CommandContext, args: Arguments): Promise<number> {
  const paths = args.operands.map((operand) => check(cwd, operand));
  if (args.flag('json')) {
    output.document({ schema: 'fsync/check-ignore/1', paths } satisfies IgnoreCheckDocument);
  } else {
    for (const { path, rule } of paths.filter(({ ignored }) => ignored)) {
      output.line(rule === null ? path : `${rule.source}:${String(rule.line)}:${rule.pattern}\t${path}`.replace('\t', '  '));
    }
  }
  return Promise.resolve(paths.some(({ ignored }) => ignored) ? 0 : 1);
}

function check(cwd: string, operand: string): IgnoreCheckDocument['paths'][number] {
  const { root, path } = findVault(cwd, operand);
  const { ignored, rule } = readIgnoreRules(root).rules.explain(path, operand.endsWith('/') || isRealDirectory(join(root, path)));
  if (rule === null) return { path, ignored, rule: null };
  return { path, ignored, rule: { ...rule, source: rule.line === 0 ? '(built in)' : IGNORE_FILE } };
}
