/** show: a version of a file on stdout, byte by byte. */
import { once } from 'node:events';
import { FsyncError } from '../../core/base/errors.js';
import type { Arguments } from '../arguments.js';
import { asText, readVersion, streamVersion, withVersion } from '../client/fetch-version.js';
import type { CommandContext } from '../command-context.js';
import { splitVersion } from '../version-argument.js';
import { findVault } from '../vault-root.js';

/** A JSON document with more than this in it helps nobody. */
const JSON_LIMIT = 64 * 1024 * 1024;

export async function runShow(context: CommandContext, args: Arguments): Promise<number> {
  const { cwd, output, now } = context;
  const { path: typed, version } = splitVersion(cwd, args.operands[0] ?? '', now());
  const { root, path } = findVault(cwd, typed);
  await withVersion(context, { root, path, version }, async (found, file) => {
    if (!args.flag('json')) {
      if (file === null) output.line(found.target ?? '');
      else for await (const part of streamVersion(file)) await write(context, part);
      return;
    }
    if (found.size > JSON_LIMIT)
      throw new FsyncError('usage', `${path} is too large for a JSON document`, { hints: ['Run it without --json.'] });
    const bytes = await readVersion(found, file);
    const text = asText(bytes);
    const encoding = text === null ? 'base64' : 'utf8';
    const content = file === null ? null : (text ?? bytes.toString('base64'));
    output.document({ schema: 'fsync/show/1', ...found, encoding: file === null ? null : encoding, content });
  });
  return 0;
}

async function write({ stdout, signal }: CommandContext, bytes: Buffer): Promise<void> {
  if (!stdout.write(bytes)) await once(stdout, 'drain', { signal });
}
