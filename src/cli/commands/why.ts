/** why: everything that is known about one path, the reason first. */
import { join } from 'node:path';
import { FsyncError } from '../../core/base/errors.js';
import { IGNORE_FILE } from '../../core/ignore/ignore-rules.js';
import { deviceLabel, type DeviceHolding } from '../../core/protocol/device-holding.js';
import type { IgnoreCheckDocument } from '../../core/protocol/local-documents.js';
import type { WhyDocument } from '../../core/protocol/vault-documents.js';
import type { Arguments } from '../arguments.js';
import type { CommandContext } from '../command-context.js';
import { readIgnoreRules } from '../ignore-file.js';
import { formatAge, formatCount, formatTime } from '../output/quantities.js';
import { bold, dim } from '../output/text.js';
import { unsyncableText } from '../output/unsyncable-text.js';
import { findVault, isRealDirectory, isThere } from '../vault-root.js';

type Rule = IgnoreCheckDocument['paths'][number]['rule'];

export async function runWhy(context: CommandContext, args: Arguments): Promise<number> {
  const { root, path } = findVault(context.cwd, args.operands[0] ?? '.');
  if (path === '')
    throw new FsyncError('usage', 'the root of the vault is not a path in it', { hints: ['For the vault as a whole: fsync status'] });
  const rule = ruleFor(root, path);
  const known = orIgnored(await context.daemon.call('vault.why', { root, path }), { root, rule });
  if (args.flag('json')) context.output.document({ ...known, rule });
  else print(context, known, rule);
  return 0;
}

/** The daemon does not look into what is ignored: whether something is there, only the disk tells. */
function orIgnored(known: WhyDocument, { root, rule }: { root: string; rule: Rule }): WhyDocument {
  const isGone = known.state === 'absent' || known.state === 'deleted';
  const isIgnored = isGone && rule !== null && isThere(join(root, known.path));
  return isIgnored ? { ...known, state: 'ignored' } : known;
}

function print({ output, now }: CommandContext, known: WhyDocument, rule: Rule): void {
  const { path, state, vault, failure, conflict, versions } = known;
  output.line([bold(path), `: ${reason(known, rule, now())}`]);
  if (state !== 'synced' && vault.state !== 'synced')
    output.line(`  the vault is ${vault.state}${vault.reason === null ? '' : `: ${vault.reason}`}`);
  if (failure !== null) {
    const next = failure.retryAt === null ? 'now' : formatTime(failure.retryAt, now());
    output.line(`  last error: ${failure.message}; next try ${next}`);
  }
  if (conflict !== null) output.line(`  in conflict: ${conflict.path} is from ${conflict.winner}, ${conflict.copy} from ${conflict.loser}`);
  printDevices({ output, now }, known);
  if (versions.count > 0) output.line(dim(`  ${formatCount(versions.count, 'version')}, the newest:`));
  for (const { commit, at, device, change } of versions.newest) {
    output.line(`    ${String(commit)}  ${formatTime(at, now())}  ${device}  ${change ?? 'changed'}`);
  }
}

/** 'on: laptop, desktop; not yet on: phone (at commit 12, 2 d ago)'. */
function printDevices({ output, now }: Pick<CommandContext, 'output' | 'now'>, { devices, state }: WhyDocument): void {
  if (devices === null || devices.length === 0 || state === 'absent' || state === 'deleted') return;
  const on = devices.filter(({ hasIt }) => hasIt).map((device) => deviceLabel(device, devices));
  const notOn = devices.filter(({ hasIt }) => !hasIt).map((device) => `${deviceLabel(device, devices)} (${positionText(device, now())})`);
  const parts = [on.length > 0 ? `on: ${on.join(', ')}` : '', notOn.length > 0 ? `not yet on: ${notOn.join(', ')}` : ''];
  output.line(`  ${parts.filter((part) => part !== '').join('; ')}`);
}

function positionText({ commit, at }: DeviceHolding, now: number): string {
  return `at ${commit === null ? 'a commit that is not known here' : `commit ${String(commit)}`}, ${formatAge(at, now)}`;
}

/** The rule that hides the path, or the last one that decided not to. */
function ruleFor(root: string, path: string): Rule {
  const { rule, ignored } = readIgnoreRules(root).rules.explain(path, isRealDirectory(join(root, path)));
  if (rule === null || !ignored) return null;
  return { ...rule, source: rule.line === 0 ? '(built in)' : IGNORE_FILE };
}

function reason(known: WhyDocument, rule: Rule, now: number): string {
  const hidden = rule === null ? null : `ignored by ${rule.source}:${String(rule.line)}: ${rule.pattern}`;
  const words: Readonly<Record<WhyDocument['state'], () => string>> = {
    ignored: () => hidden ?? 'ignored',
    upload: () => `${waitText(known)}, not uploaded yet`,
    download: () => `${waitText(known)} elsewhere, not in the folder yet`,
    unsyncable: () => `cannot be synced: ${unsyncableText({ path: known.path, reason: known.unsyncable ?? 'unknown' })}`,
    conflict: () => 'a conflict copy, in sync',
    deleted: () => absent(known, hidden, now),
    absent: () => absent(known, hidden, now),
    synced: () => (hidden === null ? 'in sync' : `was in sync before it was ${hidden}`),
  };
  return words[known.state]();
}

function waitText({ waits }: WhyDocument): string {
  return waits?.change === 'attributes' ? 'attributes changed' : (waits?.change ?? 'changed');
}

function absent({ versions }: WhyDocument, hidden: string | null, now: number): string {
  const [last] = versions.newest;
  if (last === undefined) return hidden === null ? 'nothing is or was there' : `nothing is there; it would be ${hidden}`;
  const what = last.change === 'deleted' ? 'deleted' : 'moved away';
  return `${what} on ${last.device} at ${formatTime(last.at, now)} in commit ${String(last.commit)}`;
}
