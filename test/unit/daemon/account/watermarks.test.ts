import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseCommitHash, parseVaultId } from '../../../../src/core/base/ids.js';
import { createWatermarks } from '../../../../src/daemon/account/watermarks.js';
import { openInsecureFile } from '../../../../src/daemon/keys/file-key-store.js';
import { recordingLogger } from '../../../support/recording-logger.js';
import { tempFolder } from '../../../support/temp-folder.js';

const vault = parseVaultId('a'.repeat(64));
const head = (seq: number) => ({ seq, hash: parseCommitHash(String(seq % 10).repeat(64)) });

function world() {
  const directory = tempFolder();
  const open = () => openInsecureFile({ directory, random: (size) => new Uint8Array(randomBytes(size)) });
  const create = () => {
    const keys = open();
    return createWatermarks({ keyStore: () => keys, logger: recordingLogger(), delayMs: 60_000 });
  };
  return { create };
}

describe('createWatermarks', () => {
  it('keeps the newest head over a restart once it was flushed', async () => {
    const { create } = world();
    const first = create();
    for (const seq of [1, 2, 3]) first.raise(vault, head(seq));
    expect(await first.get(vault)).toEqual(head(3));
    await first.flush();
    expect(await create().get(vault)).toEqual(head(3));
  });

  it('never goes back, whatever it is told before it looked', async () => {
    const { create } = world();
    const first = create();
    first.raise(vault, head(8));
    first.raise(vault, head(7));
    await first.flush();
    const second = create();
    second.raise(vault, head(5));
    await second.flush();
    expect(await create().get(vault)).toEqual(head(8));
  });

  it('starts anew after a reset', async () => {
    const { create } = world();
    const first = create();
    first.raise(vault, head(8));
    await first.flush();
    await first.reset(vault);
    expect(await first.get(vault)).toBeNull();
    first.raise(vault, head(2));
    await first.flush();
    expect(await create().get(vault)).toEqual(head(2));
  });
});
