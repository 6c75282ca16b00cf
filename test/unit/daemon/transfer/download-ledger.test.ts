import { describe, expect, it } from 'vitest';
import { parseChunkId, parseNodeId, type ChunkId } from '../../../../src/core/base/ids.js';
import { contentIdOfChunks } from '../../../../src/core/chunk/content-id.js';
import type { FileContent } from '../../../../src/core/tree/node.js';
import type { DownloadItem } from '../../../../src/daemon/ports.js';
import { DownloadLedger } from '../../../../src/daemon/transfer/download-ledger.js';
import { testKeyring } from '../../../support/transfer-world.js';

const id = (name: string): ChunkId => parseChunkId(Buffer.from(name).toString('hex').padStart(64, '0'));

function content(letters: string, epoch = 1): FileContent {
  const chunks = Array.from(letters, (letter) => ({ epoch, id: id(letter), size: 10 }));
  return { id: contentIdOfChunks(chunks), size: chunks.length * 10, inline: null, chunks };
}

function item(node: number, letters: string, sources: DownloadItem['sources'] = []): DownloadItem {
  return { node: parseNodeId(String(node).padStart(32, '0')), content: content(letters), sources };
}

function ledgerOf(...items: readonly DownloadItem[]) {
  const failed: string[] = [];
  let bytes = 0;
  const ledger = new DownloadLedger(items, {
    onFailed: ({ node }, { code }) => failed.push(`${String(Number(node))} ${code}`),
    onBytes: (more) => (bytes += more),
  });
  const chunk = (name: string) => {
    const found = ledger.chunk(id(name));
    if (found === undefined) throw new Error(`no chunk ${name}`);
    return found;
  };
  const write = (name: string): number[] => ledger.markWritten(chunk(name)).map(({ item: { node } }) => Number(node));
  return { ledger, failed, chunk, write, bytes: () => bytes };
}

describe('DownloadLedger', () => {
  it('says which items a chunk completes', () => {
    const { write } = ledgerOf(item(1, 'ab'), item(2, 'b'));
    expect(write('b')).toEqual([2]);
    expect(write('a')).toEqual([1]);
    expect(write('a')).toEqual([]);
  });

  it('writes files of one chunk at once and others as parts', () => {
    const { ledger } = ledgerOf(item(1, 'a'), item(2, 'ab'));
    expect(ledger.items.map(({ part, staged }) => part === null || part === `${staged}.part`)).toEqual([true, true]);
    expect(ledger.items.map(({ part }) => part === null)).toEqual([true, false]);
  });

  it('knows every place of a chunk', () => {
    const { chunk, write, bytes } = ledgerOf(item(1, 'aba'), item(2, 'a'));
    expect(chunk('a').targets.map(({ of, offset }) => [Number(of.item.node), offset])).toEqual([
      [1, 0],
      [1, 20],
      [2, 0],
    ]);
    write('a');
    expect(bytes()).toBe(30);
  });

  it('finds chunks in the sources', () => {
    const sources = [
      { path: 'one', content: content('xb') },
      { path: 'two', content: content('ba') },
    ];
    const { chunk } = ledgerOf(item(1, 'abc', sources));
    expect(chunk('a').sources).toEqual([{ path: 'two', offset: 10 }]);
    expect(chunk('b').sources).toEqual([{ path: 'one', offset: 10 }]);
    expect(chunk('c').sources).toEqual([]);
  });

  it('leaves out places that an earlier download wrote', () => {
    const { ledger, chunk, write, bytes } = ledgerOf(item(1, 'aba'), item(2, 'ab'));
    const [first] = ledger.items;
    if (first === undefined) throw new Error('no item');
    ledger.markPresent(first, new Set([0, 1]));
    expect(bytes()).toBe(20);
    expect(first).toMatchObject({ waiting: 1, missingBytes: 10 });
    expect(chunk('a').targets.map(({ of, offset }) => [Number(of.item.node), offset])).toEqual([
      [1, 20],
      [2, 0],
    ]);
    expect(write('a')).toEqual([1]);
    expect(write('b')).toEqual([2]);
  });

  it('wants nothing for an item that failed', () => {
    const { ledger, chunk, write, failed } = ledgerOf(item(1, 'ab'), item(2, 'b'));
    const [first] = ledger.items;
    if (first === undefined) throw new Error('no item');
    ledger.fail(first, { code: 'disk_full', message: 'full' });
    ledger.fail(first, { code: 'integrity', message: 'again' });
    expect(failed).toEqual(['1 disk_full']);
    expect(ledger.isWanted(chunk('a'))).toBe(false);
    expect(ledger.isWanted(chunk('b'))).toBe(true);
    expect(write('b')).toEqual([2]);
  });

  it.each([
    ['an id of other chunks', { ...content('ab'), chunks: content('ba').chunks }, '1 integrity'],
    ['a size that is not the sum', { ...content('ab'), size: 21 }, '1 integrity'],
    ['chunks and inline bytes', { ...content('a'), inline: new Uint8Array(10) }, '1 integrity'],
    ['an unknown epoch', content('ab', 7), '1 key_mismatch'],
  ])('fails content with %s', (_name, wrong, expected) => {
    const { ledger, failed } = ledgerOf({ ...item(1, ''), content: wrong });
    ledger.begin(testKeyring());
    expect(failed).toEqual([expected]);
  });
});
