import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FsyncError } from '../../../../src/core/base/errors.js';
import { parseChunkId, type ChunkId } from '../../../../src/core/base/ids.js';
import { fetchChunks } from '../../../../src/daemon/transfer/chunk-fetch.js';

type Reply = (asked: readonly ChunkId[], call: number) => Iterable<ChunkId>;

const id = (number: number): ChunkId => parseChunkId(number.toString(16).padStart(64, '0'));
const ids = [1, 2, 3, 4].map(id);

async function fetchFrom(reply: Reply) {
  const asked: (readonly ChunkId[])[] = [];
  const taken: ChunkId[] = [];
  const remote = {
    async *downloadChunks(chunks: readonly ChunkId[]) {
      asked.push(chunks);
      for (const chunk of reply(chunks, asked.length)) yield Promise.resolve({ id: chunk, bytes: new Uint8Array(1) });
    },
  };
  const options = { remote, random: randomBytes, signal: new AbortController().signal, retries: { attempts: 3, baseMs: 1, capMs: 1 } };
  const missing = await fetchChunks(ids, options, (chunk) => Promise.resolve(void taken.push(chunk.id)));
  return { asked, taken, missing: [...missing] };
}

describe('fetchChunks', () => {
  it('hands over every chunk once', async () => {
    expect(await fetchFrom((asked) => asked)).toEqual({ asked: [ids], taken: ids, missing: [] });
  });

  it('asks only for the rest after a broken connection', async () => {
    const { asked, taken } = await fetchFrom(function* (wanted, call) {
      yield* wanted.slice(0, 2);
      if (call === 1) throw new FsyncError('server_unreachable', 'cut off');
      yield* wanted.slice(2);
    });
    expect(asked).toEqual([ids, ids.slice(2)]);
    expect(taken).toEqual(ids);
  });

  it('asks again without what the server lacks', async () => {
    const { asked, taken, missing } = await fetchFrom((wanted) => {
      if (wanted.includes(id(2))) throw new FsyncError('chunks_missing', 'gone', { details: { chunks: [id(2), id(99)] } });
      return wanted;
    });
    expect(asked.length).toBe(2);
    expect(taken).toEqual([id(1), id(3), id(4)]);
    expect(missing).toEqual([id(2)]);
  });

  it('counts what simply does not come as missing', async () => {
    expect((await fetchFrom((wanted) => wanted.slice(1))).missing).toEqual([id(1)]);
  });

  it('takes no chunk twice and none that was not asked for', async () => {
    expect((await fetchFrom((wanted) => [...wanted, id(1), id(99)])).taken).toEqual(ids);
  });

  it('does not ask for ever when the server names no chunk that was asked for', async () => {
    const refused = fetchFrom(() => {
      throw new FsyncError('chunks_missing', 'gone', { details: { chunks: [id(99)] } });
    });
    await expect(refused).rejects.toMatchObject({ code: 'chunks_missing' });
  });
});
