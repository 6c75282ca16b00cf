/** Looks for secrets in bytes, in every plain encoding in which they could have been written. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Raw, hex of both cases, and base64 and base64url at each of the three alignments. */
export function encodings(secret: string): readonly { readonly name: string; readonly bytes: Buffer }[] {
  const raw = Buffer.from(secret);
  const found = [
    { name: 'raw', bytes: raw },
    { name: 'utf-16', bytes: Buffer.from(secret, 'utf16le') },
    { name: 'hex', bytes: Buffer.from(raw.toString('hex')) },
    { name: 'HEX', bytes: Buffer.from(raw.toString('hex').toUpperCase()) },
  ];
  for (let skip = 0; skip < 3; skip++) {
    // Whole groups of three bytes that do not depend on what stands before or after the secret.
    const usable = raw.subarray(skip, skip + Math.floor((raw.length - skip) / 3) * 3);
    found.push({ name: `base64+${skip}`, bytes: Buffer.from(usable.toString('base64')) });
    found.push({ name: `base64url+${skip}`, bytes: Buffer.from(usable.toString('base64url')) });
  }
  return found;
}

export interface Haystack {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Every place where a secret stands, as `secret in place (encoding)`; empty when there is none. */
export function findSecrets(secrets: readonly string[], haystacks: Iterable<Haystack>): readonly string[] {
  const needles = secrets.flatMap((secret) => encodings(secret).map(({ name, bytes }) => ({ secret, encoding: name, bytes })));
  const hits: string[] = [];
  for (const { name, bytes } of haystacks) {
    for (const needle of needles) if (bytes.includes(needle.bytes)) hits.push(`${needle.secret} in ${name} (${needle.encoding})`);
  }
  return hits;
}

/** The path and every byte of every file below a folder. */
export function* everyByteOf(folder: string): Generator<Haystack> {
  for (const relative of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder, relative);
    yield { name: `the path ${relative}`, bytes: Buffer.from(relative) };
    if (statSync(file).isFile()) yield { name: relative, bytes: readFileSync(file) };
  }
}
