import { describe, expect, it } from 'vitest';
import { parseChunkId, type ChunkId } from '../../../../src/core/base/ids.js';
import { readChunkFrames } from '../../../../src/daemon/remote/chunk-frames.js';

const id = (digit: string): ChunkId => parseChunkId(digit.repeat(64));

function frame(chunk: ChunkId, bytes: Uint8Array, length = bytes.length): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(length);
  return Buffer.concat([Buffer.from(chunk, 'hex'), size, bytes]);
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield Promise.resolve(bytes.subarray(start, start + size));
}

async function collect(bytes: Buffer, wanted: readonly ChunkId[], size = 7): Promise<readonly { id: string; bytes: number[] }[]> {
  const out: { id: string; bytes: number[] }[] = [];
  for await (const chunk of readChunkFrames(inPieces(bytes, size), new Set(wanted))) out.push({ id: chunk.id, bytes: [...chunk.bytes] });
  return out;
}

const one = frame(id('1'), Buffer.from('first chunk'));
const two = frame(id('2'), Buffer.from('second'));

describe('readChunkFrames', () => {
  it.each([1, 5, 36, 37, 47, 48, 1_000])('finds the same frames in pieces of %i bytes', async (size) => {
    expect(await collect(Buffer.concat([one, two]), [id('1'), id('2')], size)).toEqual([
      { id: id('1'), bytes: [...Buffer.from('first chunk')] },
      { id: id('2'), bytes: [...Buffer.from('second')] },
    ]);
  });

  it('takes what came out of the wanted ids', async () => {
    const wanted = new Set([id('1'), id('2')]);
    for await (const chunk of readChunkFrames(inPieces(one, 10), wanted)) expect(chunk.id).toBe(id('1'));
    expect([...wanted]).toEqual([id('2')]);
  });

  it.each([1, 35, 36, 40, one.length - 1])('hazard 46: says that a download ending after %i bytes was cut', async (length) => {
    await expect(collect(one.subarray(0, length), [id('1')])).rejects.toMatchObject({ code: 'server_unreachable' });
  });

  it('refuses a chunk that was not asked for, and one that comes twice', async () => {
    await expect(collect(two, [id('1')])).rejects.toMatchObject({ code: 'integrity' });
    await expect(collect(Buffer.concat([one, one]), [id('1')])).rejects.toMatchObject({ code: 'integrity' });
  });

  it('reserves no memory for an impossible length', async () => {
    await expect(collect(frame(id('1'), Buffer.from('x'), 0xffffffff), [id('1')])).rejects.toMatchObject({ code: 'integrity' });
    await expect(collect(frame(id('1'), Buffer.alloc(0)), [id('1')])).rejects.toMatchObject({ code: 'integrity' });
  });
});
