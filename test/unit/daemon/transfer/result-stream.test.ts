import { describe, expect, it } from 'vitest';
import { streamResults } from '../../../../src/daemon/transfer/result-stream.js';

const never = new AbortController().signal;
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function collect<Result>(results: AsyncIterable<Result>): Promise<Result[]> {
  const all: Result[] = [];
  for await (const result of results) all.push(result);
  return all;
}

describe('streamResults', () => {
  it('yields what the work emits, in order, whenever that is', async () => {
    const results = streamResults<number>(never, async (emit) => {
      emit(1);
      emit(2);
      await tick();
      emit(3);
    });
    expect(await collect(results)).toEqual([1, 2, 3]);
  });

  it('yields what was emitted before a failure, then throws it', async () => {
    const seen: number[] = [];
    const loop = async (): Promise<void> => {
      for await (const result of streamResults<number>(never, async (emit) => {
        emit(1);
        await tick();
        throw new Error('broken');
      }))
        seen.push(result);
    };
    await expect(loop()).rejects.toThrow('broken');
    expect(seen).toEqual([1]);
  });

  it('stops the work when the loop is left, and waits for it', async () => {
    let stopped = false;
    for await (const result of streamResults<number>(never, async (emit, signal) => {
      emit(1);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      await tick();
      stopped = true;
      throw new Error('nobody hears this');
    })) {
      expect(result).toBe(1);
      break;
    }
    expect(stopped).toBe(true);
  });

  it('passes the abort of the caller on', async () => {
    const controller = new AbortController();
    const results = streamResults<number>(controller.signal, (_emit, signal) => {
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    });
    setImmediate(() => controller.abort());
    await expect(collect(results)).rejects.toThrow('aborted');
  });

  it('does nothing before it is iterated', async () => {
    let begun = false;
    const results = streamResults<number>(never, async () => {
      begun = true;
      await tick();
    });
    await tick();
    expect(begun).toBe(false);
    await collect(results);
    expect(begun).toBe(true);
  });
});
