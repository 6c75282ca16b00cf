/**
 * The JSON files beside this test are the protocol's published vectors. This client has to
 * reproduce them byte for byte, and to open what they hold. They change only together with the
 * protocol's version; `vitest -u` writes them.
 */
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { verifyChain } from '../../src/core/account/chain.js';
import type { TokenScope } from '../../src/core/account/token-scope.js';
import { openTokenName, parseToken } from '../../src/core/account/token-secret.js';
import { fromHex, toHex } from '../../src/core/base/bytes.js';
import { parseChunkId, parseCredentialId, parseNodeId, parseVaultId } from '../../src/core/base/ids.js';
import { openChunk } from '../../src/core/chunk/chunk.js';
import { decodePackIndex } from '../../src/core/chunk/pack.js';
import { openBox } from '../../src/core/crypto/box.js';
import { open } from '../../src/core/crypto/seal.js';
import { openCommitRecord } from '../../src/core/log/commit-record.js';
import { decodeCommit } from '../../src/core/log/commit.js';
import { decodePosition, openPositionName, verifyPosition } from '../../src/core/log/position.js';
import { acceptCommit } from '../../src/core/log/log-verifier.js';
import { openRecord } from '../../src/core/log/record.js';
import { openTokenVaultKeyBox } from '../../src/core/log/vault-key-box.js';
import { createKeyring, vaultKeyCheck } from '../../src/core/log/vault-keys.js';
import {
  boxVectors,
  cborVectors,
  chainVectors,
  chunkVectors,
  commitVectors,
  credentialVectors,
  cutVectors,
  fixed,
  nameTagVectors,
  recordVectors,
  sealVectors,
  tokenVectors,
} from './vector-cases.js';
import { positionVectors } from './position-vectors.js';

const FILES: Readonly<Record<string, () => unknown>> = {
  cbor: cborVectors,
  seal: sealVectors,
  box: boxVectors,
  credential: credentialVectors,
  chain: chainVectors,
  token: tokenVectors,
  commit: commitVectors,
  record: recordVectors,
  position: positionVectors,
  'name-tag': nameTagVectors,
  chunk: chunkVectors,
  'cut-points': cutVectors,
};

function load(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'));
}

describe('this client reproduces', () => {
  it.each(Object.entries(FILES))('%s.json', async (name, compute) => {
    const path = new URL(`${name}.json`, import.meta.url).pathname;
    await expect(`${JSON.stringify(compute(), null, 2)}\n`).toMatchFileSnapshot(path);
  });
});

describe('this client opens', () => {
  it('the sealed texts and the box', () => {
    const [, sealed] = load('seal') as readonly { key: string; plaintext: string; sealed: string }[];
    const context = [fixed('a'), 7, 'x', null, true];
    expect(toHex(open(fromHex(sealed?.key ?? ''), 'record', context, fromHex(sealed?.sealed ?? '')))).toBe(sealed?.plaintext);
    const [boxed] = load('box') as readonly { recipientSecretKey: string; plaintext: string; box: string }[];
    expect(toHex(openBox(fromHex(boxed?.recipientSecretKey ?? ''), 'vault-key', [1], fromHex(boxed?.box ?? '')))).toBe(boxed?.plaintext);
  });

  it('the chain, the genesis, the commit on top of it and its record', () => {
    const { links, accountId } = load('chain') as { links: string[]; accountId: string };
    expect(verifyChain(links.map(fromHex)).accountId).toBe(accountId);
    const vector = load('commit') as Record<'genesis' | 'data' | 'vault' | 'vaultKey' | 'record', string> & { ownerLinks: string[] };
    const owner = verifyChain(vector.ownerLinks.map(fromHex));
    const founded = acceptCommit(null, decodeCommit(fromHex(vector.genesis)), owner, () => null);
    expect(founded.vault).toBe(vector.vault);
    const data = decodeCommit(fromHex(vector.data));
    expect(acceptCommit(founded, data, owner, () => null).head.hash).toBe(data.hash);
    const keyring = createKeyring(founded.vault, new Map([[1, fromHex(vector.vaultKey)]]));
    const [op] = data.header.ops;
    if (op === undefined) throw new Error('the commit names no node');
    expect(openCommitRecord(keyring, data.header, op, fromHex(vector.record)).name).toBe('report.md');
  });

  it('the position and its name', () => {
    const vector = load('position') as Record<'vaultKey' | 'name' | 'signed', string> & {
      ownerLinks: string[];
      position: { vault: string };
    };
    const decoded = decodePosition(fromHex(vector.signed));
    verifyPosition(decoded, verifyChain(vector.ownerLinks.map(fromHex)));
    expect({ ...decoded.position, nameSealed: toHex(decoded.position.nameSealed) }).toEqual(vector.position);
    const keyring = createKeyring(parseVaultId(vector.position.vault), new Map([[1, fromHex(vector.vaultKey)]]));
    expect(openPositionName(keyring, decoded.position)).toBe(vector.name);
  });

  it('the token, what it may do, its vault key and its name', () => {
    type Fields = 'text' | 'id' | 'vaultKey' | 'vaultKeyBox' | 'name' | 'nameSealed';
    const vector = load('token') as Record<Fields, string> & { links: string[]; scope: TokenScope };
    const token = parseToken(vector.text);
    expect(token.credential.id).toBe(vector.id);
    const account = verifyChain(vector.links.map(fromHex));
    expect(account.credentials.get(token.credential.id)?.scope).toEqual(vector.scope);
    const vaultKey = fromHex(vector.vaultKey);
    const context = { vault: vector.scope.vaults[0] ?? parseVaultId(''), epoch: 1, account: account.accountId };
    const check = vaultKeyCheck(vaultKey, 1);
    expect(openTokenVaultKeyBox(token.credential, context, fromHex(vector.vaultKeyBox), check)).toEqual(vaultKey);
    expect(openTokenName(token, fromHex(vector.nameSealed))).toBe(vector.name);
  });

  it('the records', () => {
    const { vault, vaultKey, records } = load('record') as {
      vault: string;
      vaultKey: string;
      records: { state: { node: string; rev: number; name: string; device: string }; sealed: string }[];
    };
    const keyring = createKeyring(parseVaultId(vault), new Map([[1, fromHex(vaultKey)]]));
    for (const { state, sealed } of records) {
      const opened = openRecord(keyring, { node: parseNodeId(state.node), rev: state.rev }, 1, fromHex(sealed));
      expect(opened.name).toBe(state.name);
      expect(opened.device).toBe(parseCredentialId(state.device));
    }
    expect(records).toHaveLength(5);
  });

  it('the chunks, a compressed one too, and the pack', () => {
    interface Chunk {
      readonly raw: string;
      readonly id: string;
      readonly sealed: string;
    }
    const vector = load('chunk') as { vault: string; vaultKey: string; stored: Chunk; compressed: Chunk; pack: string };
    const keyring = createKeyring(parseVaultId(vector.vault), new Map([[1, fromHex(vector.vaultKey)]]));
    for (const { raw, id, sealed } of [vector.stored, vector.compressed]) {
      const ref = { epoch: 1, id: parseChunkId(id), size: raw.length / 2 };
      expect(toHex(openChunk(keyring, ref, fromHex(sealed)))).toBe(raw);
    }
    expect(decodePackIndex(fromHex(vector.pack)).map(({ offset, length }) => [offset, length])).toEqual([
      [0, 10],
      [10, 10],
    ]);
  });
});
