import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseVaultId } from '../../../../src/core/base/ids.js';
import { openAttachedVaults } from '../../../../src/daemon/home/attached-vaults.js';
import { tempFolder } from '../../../support/temp-folder.js';

const vault = (digit: string) => parseVaultId(digit.repeat(64));
const entry = (digit: string, root: string) => ({ vault: vault(digit), name: digit, root, paused: false });

describe('openAttachedVaults', () => {
  it('keeps entries over a restart', () => {
    const file = join(tempFolder(), 'vaults.json');
    const first = openAttachedVaults(file);
    first.add(entry('1', '/home/me/one'));
    first.add(entry('2', '/home/me/two'));
    first.update('/home/me/two', { paused: true });
    first.remove('/home/me/one');
    expect(openAttachedVaults(file).list()).toEqual([{ ...entry('2', '/home/me/two'), paused: true }]);
  });

  it.each(['/home/me/one', '/home/me/one/sub', '/home/me', '/'])('refuses %s beside an attached /home/me/one', (root) => {
    const vaults = openAttachedVaults(join(tempFolder(), 'vaults.json'));
    vaults.add(entry('1', '/home/me/one'));
    expect(() => {
      vaults.add(entry('2', root));
    }).toThrow(expect.objectContaining({ code: 'already_exists' }));
  });

  it('hazard 33: accepts a sibling whose name begins alike', () => {
    const vaults = openAttachedVaults(join(tempFolder(), 'vaults.json'));
    vaults.add(entry('1', '/home/me/one'));
    vaults.add(entry('2', '/home/me/one-more'));
    expect(vaults.find('/home/me/one-more')?.name).toBe('2');
  });

  it('refuses a vault that is attached elsewhere', () => {
    const vaults = openAttachedVaults(join(tempFolder(), 'vaults.json'));
    vaults.add(entry('1', '/a'));
    expect(() => {
      vaults.add(entry('1', '/b'));
    }).toThrow(expect.objectContaining({ code: 'already_exists' }));
  });

  it('does not overwrite a damaged file', () => {
    const file = join(tempFolder(), 'vaults.json');
    writeFileSync(file, '{"schema":1,"vaults":[{"vault":"no"}]}');
    expect(() => openAttachedVaults(file)).toThrow(expect.objectContaining({ code: 'io_error' }));
  });
});
