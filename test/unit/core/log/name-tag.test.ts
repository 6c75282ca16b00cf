import { describe, expect, it } from 'vitest';

import { ROOT_NODE, parseVaultId } from '../../../../src/core/base/ids.js';
import { nameTag } from '../../../../src/core/log/name-tag.js';
import { deriveVaultKeys } from '../../../../src/core/log/vault-keys.js';
import { seededRandom } from '../crypto/seeded-random.js';
import { testNodeId } from './log-fixture.js';

const keys = deriveVaultKeys(parseVaultId('a1'.repeat(32)), 1, seededRandom('name-tag')(32));
const otherVault = deriveVaultKeys(parseVaultId('a2'.repeat(32)), 1, seededRandom('name-tag')(32));

describe('nameTag', () => {
  it('hazard 27: is the same for both Unicode forms of one name', () => {
    expect(nameTag(keys, ROOT_NODE, 'gru\u0308n')).toBe(nameTag(keys, ROOT_NODE, 'gr\u00fcn'));
  });

  it('differs by name, case, parent and vault', () => {
    const tags = [
      nameTag(keys, ROOT_NODE, 'a'),
      nameTag(keys, ROOT_NODE, 'A'),
      nameTag(keys, ROOT_NODE, 'b'),
      nameTag(keys, testNodeId(1), 'a'),
      nameTag(otherVault, ROOT_NODE, 'a'),
    ];
    expect(new Set(tags).size).toBe(tags.length);
  });
});
