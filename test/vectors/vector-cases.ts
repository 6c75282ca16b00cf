/**
 * The published test vectors, computed from inputs that are fixed here. All bytes are hex; what a
 * client takes from its random source (salts, ephemeral keys) is an input, in the order of use.
 */
import { createCipheriv, createHash } from 'node:crypto';

import { buildAddLink, headAfter, headOf, proveEnrolment, verifyChain } from '../../src/core/account/chain.js';
import { createCredential } from '../../src/core/account/credential.js';
import { tokenScope } from '../../src/core/account/token-scope.js';
import { createToken, sealTokenName } from '../../src/core/account/token-secret.js';
import { concatBytes, fromHex, toHex, uint32Bytes, utf8 } from '../../src/core/base/bytes.js';
import { encodeCbor, type CborValue } from '../../src/core/base/cbor.js';
import type { RandomBytes } from '../../src/core/base/effects.js';
import { parseNodeId, parseVaultId, ROOT_NODE } from '../../src/core/base/ids.js';
import { chunkId, sealChunk } from '../../src/core/chunk/chunk.js';
import { contentIdOfBytes, contentIdOfChunks } from '../../src/core/chunk/content-id.js';
import { createCutter } from '../../src/core/chunk/cut-points.js';
import { cutPolynomial } from '../../src/core/chunk/cut-polynomial.js';
import { encodeFrame } from '../../src/core/chunk/frame.js';
import { encodePack } from '../../src/core/chunk/pack.js';
import { padmeLength } from '../../src/core/chunk/padme.js';
import { box } from '../../src/core/crypto/box.js';
import { boxKeyPair } from '../../src/core/crypto/public-key.js';
import { seal } from '../../src/core/crypto/seal.js';
import type { DecodedCommit } from '../../src/core/log/commit.js';
import { nameTag } from '../../src/core/log/name-tag.js';
import { recordDigest, sealRecord } from '../../src/core/log/record.js';
import { boxTokenVaultKey } from '../../src/core/log/vault-key-box.js';
import { deriveVaultKeys, vaultKeyCheck } from '../../src/core/log/vault-keys.js';
import { foundTestAccount } from '../unit/core/account/account-fixture.js';
import { fileState, foundTestVault, nextCommit } from '../unit/core/log/log-fixture.js';

/** 32 bytes (or fewer) that follow from a name. */
export function fixed(name: string, length = 32): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`vector ${name}`).digest().subarray(0, length));
}

/** Hands out the given bytes one after the other. */
function scripted(...values: readonly Uint8Array[]): RandomBytes {
  const left = [...values];
  return (size) => {
    const next = left.shift();
    if (next?.length !== size) throw new Error('the script of random bytes does not fit');
    return next;
  };
}

const VAULT = parseVaultId(toHex(fixed('vault')));
const VAULT_KEY = fixed('vault key');
const KEYS = deriveVaultKeys(VAULT, 1, VAULT_KEY);

export function sealVectors(): unknown {
  const cases: readonly (readonly [string, readonly CborValue[], Uint8Array])[] = [
    ['nothing, without context', [], new Uint8Array(0)],
    ['a text with context', [fixed('a'), 7, 'x', null, true], utf8('the quick brown fox')],
  ];
  return cases.map(([what, context, plaintext], index) => {
    const [key, salt] = [fixed(`seal key ${String(index)}`), fixed(`seal salt ${String(index)}`)];
    return {
      what,
      key: toHex(key),
      label: 'record',
      associatedData: toHex(encodeCbor(['record', ...context])),
      salt: toHex(salt),
      plaintext: toHex(plaintext),
      sealed: toHex(seal(scripted(salt), key, 'record', context, plaintext)),
    };
  });
}

export function boxVectors(): unknown {
  const [secret, ephemeral, salt] = [fixed('box secret'), fixed('box ephemeral'), fixed('box salt')];
  const { publicKey } = boxKeyPair(secret);
  const plaintext = fixed('boxed');
  return [
    {
      recipientSecretKey: toHex(secret),
      recipientPublicKey: toHex(publicKey),
      ephemeralSecretKey: toHex(ephemeral),
      salt: toHex(salt),
      label: 'vault-key',
      associatedData: toHex(encodeCbor(['vault-key', 1])),
      plaintext: toHex(plaintext),
      box: toHex(box(scripted(ephemeral, salt), publicKey, 'vault-key', [1], plaintext)),
    },
  ];
}

export function credentialVectors(): unknown {
  return (['device', 'password', 'paper', 'token'] as const).map((kind) => {
    const seed = fixed(`credential ${kind}`);
    const credential = createCredential(kind, seed);
    return {
      kind,
      seed: toHex(seed),
      id: credential.id,
      signPublicKey: toHex(credential.signPublicKey),
      boxPublicKey: toHex(credential.boxPublicKey),
      message: toHex(utf8('message')),
      refreshSignature: toHex(credential.sign('refresh', utf8('message'))),
    };
  });
}

export function chainVectors(): unknown {
  const { links, state, userKey, device, password, paper } = foundTestAccount('vectors');
  const [first = new Uint8Array(0)] = links;
  if (verifyChain(links).accountId !== headAfter(first).account) throw new Error('the chain does not verify');
  return {
    links: links.map(toHex),
    accountId: state.accountId,
    linkHashes: state.linkHashes,
    credentials: [device, password, paper].map(({ id, kind }) => ({ id, kind })),
    userKeyGeneration: userKey.generation,
    userKeySecret: toHex(userKey.secret),
    userKeyBoxPublicKey: toHex(userKey.boxPublicKey),
  };
}

export function tokenVectors(): unknown {
  const { links, state, device } = foundTestAccount('vectors');
  const secret = fixed('token secret');
  const token = createToken(scripted(secret));
  const scope = tokenScope([VAULT], { write: true, expiresAt: 1_797_776_000_000 });
  const enrolment = proveEnrolment(token.credential, state.accountId, scope);
  const link = buildAddLink({ head: headOf(state), signer: device, at: 1_790_000_000_000, enrolment, boxHash: null });
  const random = scripted(fixed('token ephemeral'), fixed('token box salt'), fixed('token name salt'));
  const context = { vault: VAULT, epoch: 1, account: state.accountId };
  return {
    secret: toHex(secret),
    text: token.text,
    id: token.credential.id,
    apiSecret: toHex(token.apiSecret),
    localKey: toHex(token.localKey),
    nameKey: toHex(token.nameKey),
    scope,
    links: [...links, link].map(toHex),
    vaultKey: toHex(VAULT_KEY),
    vaultKeyBox: toHex(boxTokenVaultKey(random, token.credential, context, VAULT_KEY)),
    name: 'ci',
    nameSealed: toHex(sealTokenName(random, token, 'ci')),
  };
}

export function commitVectors(): unknown {
  const { owner, genesis, state, vaultKey, random } = foundTestVault('vectors');
  const keys = deriveVaultKeys(state.vault, 1, vaultKey);
  const file = fileState(owner.device);
  const record = sealRecord(random, keys, file);
  const op = { node: file.node, rev: 1, digest: recordDigest(record), tag: nameTag(keys, file.parent, file.name) };
  const data = nextCommit(state, owner.state, owner.device, { ops: [op] });
  const signedBytes = (commit: DecodedCommit): string => toHex(encodeCbor([commit.payload, commit.signature]));
  return {
    ownerLinks: owner.links.map(toHex),
    vaultKey: toHex(vaultKey),
    keyCheck: vaultKeyCheck(vaultKey, 1),
    genesis: signedBytes(genesis),
    vault: state.vault,
    data: signedBytes(data),
    dataHash: data.hash,
    dataHeader: data.header,
    record: toHex(record),
  };
}

export function recordVectors(): unknown {
  const device = createCredential('device', fixed('record device'));
  const big = fixed('chunk');
  const chunks = [{ epoch: 1, id: chunkId(KEYS, big), size: 5000 }];
  const states = [
    fileState(device),
    fileState(device, { name: 'größe.bin', rev: 2, content: { id: contentIdOfChunks(chunks), size: 5000, inline: null, chunks } }),
    fileState(device, { name: 'docs', kind: 'directory', mode: 0o755, content: null }),
    fileState(device, { name: 'link', kind: 'symlink', mode: 0, content: null, target: 'docs/a' }),
    fileState(device, { rev: 3, deleted: true, content: null }),
  ];
  return {
    vault: VAULT,
    vaultKey: toHex(VAULT_KEY),
    epoch: 1,
    records: states.map((state, index) => {
      const salt = fixed(`record salt ${String(index)}`);
      const sealed = sealRecord(scripted(salt), KEYS, state);
      return { state: readable(state), salt: toHex(salt), sealed: toHex(sealed), digest: recordDigest(sealed) };
    }),
  };
}

function readable(state: ReturnType<typeof fileState>): unknown {
  const { content } = state;
  return { ...state, content: content === null ? null : { ...content, inline: content.inline === null ? null : toHex(content.inline) } };
}

export function nameTagVectors(): unknown {
  const parents = [ROOT_NODE, parseNodeId(toHex(fixed('parent', 16)))];
  const names = ['a', 'report.md', 'gr\u00fcn', 'gru\u0308n', '🦆'];
  return {
    vault: VAULT,
    vaultKey: toHex(VAULT_KEY),
    epoch: 1,
    nameTagKey: toHex(KEYS.nameTag),
    tags: parents.flatMap((parent) =>
      names.map((name) => ({ parent, name, nameUtf8: toHex(utf8(name)), tag: nameTag(KEYS, parent, name) })),
    ),
  };
}

/** 6,000 bytes of "fsync ". A stream of one encoder: others may be shorter or longer, all decode to the same. */
const TEXT_AS_BROTLI = '8bb70b0080aaaaaaeaff74a5f39d00f8c8173e311cc0c5af54a9e6b0c1986347c95ea9451e000c';

export function chunkVectors(): unknown {
  const raw = noise('chunk', 2500);
  const text = utf8('fsync '.repeat(1000));
  const salt = fixed('chunk salt');
  const textSalt = fixed('text salt');
  const textFrame = new Uint8Array(1024);
  textFrame.set(concatBytes(Uint8Array.of(1), uint32Bytes(text.length), fromHex(TEXT_AS_BROTLI)));
  const sealedText = seal(scripted(textSalt), KEYS.chunkSeal, 'chunk', [fromHex(VAULT), 1, fromHex(chunkId(KEYS, text))], textFrame);
  const pack = encodePack([
    { id: chunkId(KEYS, utf8('one')), bytes: utf8('sealed one') },
    { id: chunkId(KEYS, utf8('two')), bytes: utf8('sealed two') },
  ]);
  return {
    vault: VAULT,
    vaultKey: toHex(VAULT_KEY),
    epoch: 1,
    stored: {
      raw: toHex(raw),
      id: chunkId(KEYS, raw),
      frame: toHex(encodeFrame(raw)),
      salt: toHex(salt),
      sealed: toHex(sealChunk(scripted(salt), KEYS, raw)),
    },
    compressed: { raw: toHex(text), id: chunkId(KEYS, text), frame: toHex(textFrame), salt: toHex(textSalt), sealed: toHex(sealedText) },
    contentId: {
      inline: contentIdOfBytes(utf8('hello')),
      chunks: contentIdOfChunks([
        { epoch: 1, id: chunkId(KEYS, raw), size: raw.length },
        { epoch: 1, id: chunkId(KEYS, text), size: text.length },
      ]),
    },
    padme: [0, 1024, 1025, 5000, 100_000, 524_293, 16_777_221].map((length) => ({ length, padded: padmeLength(length) })),
    pack: toHex(pack),
  };
}

/** The file is the AES-128-CTR key stream of a key, from a zero counter. */
export function noise(name: string, length: number): Uint8Array {
  return new Uint8Array(createCipheriv('aes-128-ctr', fixed(name, 16), new Uint8Array(16)).update(new Uint8Array(length)));
}

export function cutVectors(): unknown {
  const file = noise('cut file', 6 * 1024 * 1024);
  return {
    vault: VAULT,
    vaultKey: toHex(VAULT_KEY),
    epoch: 1,
    cutPolynomialSeed: toHex(KEYS.cutPolynomialSeed),
    cutPolynomialLow64: cutPolynomial(KEYS.cutPolynomialSeed).toString(16).padStart(16, '0'),
    cutKey: toHex(KEYS.cutKey),
    fileCtrKey: toHex(fixed('cut file', 16)),
    fileLength: file.length,
    fileSha256: createHash('sha256').update(file).digest('hex'),
    smallClass: lengthsOf(file, file.length),
    largeClass: lengthsOf(file, 16 * 2 ** 30),
  };
}

/** `pretendedSize` picks the size class. */
export function lengthsOf(file: Uint8Array, pretendedSize: number): string[] {
  const cutter = createCutter(KEYS, pretendedSize);
  const lengths: string[] = [];
  for (let start = 0; start < file.length;) {
    const length = cutter.next(file.subarray(start, start + cutter.maxChunk), start + cutter.maxChunk >= file.length);
    lengths.push(String(length));
    start += length;
  }
  return lengths;
}

export function cborVectors(): unknown {
  const values: readonly CborValue[] = [
    0,
    23,
    24,
    255,
    256,
    65_536,
    2 ** 32,
    -1,
    -25,
    '',
    'ü',
    [],
    [1, [2]],
    {},
    { b: 1, aa: 2, a: 3 },
    true,
    false,
    null,
  ];
  const bytes = { what: 'bytes', encoded: toHex(encodeCbor(fromHex('0102'))) };
  return [...values.map((value) => ({ value, encoded: toHex(encodeCbor(value)) })), bytes];
}
