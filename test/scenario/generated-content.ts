/** File contents by description: text as it is, or a seeded stream of incompressible bytes. */
import { createCipheriv, createHash } from 'node:crypto';
import type { Content } from './scenario-file.js';

export function contentBytes(content: Content): Buffer {
  if (typeof content === 'string') return Buffer.from(content);
  const key = createHash('sha256').update(`scenario:${content.gen}`).digest();
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(content.bytes));
  return Buffer.concat([stream, Buffer.from(content.then ?? '')]);
}

/** What two contents are compared by, and what a message can show. */
export function contentDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Short, for messages. */
export function showContent(content: Content): string {
  return typeof content === 'string' ? JSON.stringify(content) : `${content.bytes} bytes of ${content.gen}`;
}
