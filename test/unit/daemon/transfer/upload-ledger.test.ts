import { describe, expect, it } from 'vitest';
import { parseChunkId, parseContentId, type ChunkId } from '../../../../src/core/base/ids.js';
import type { UploadItem } from '../../../../src/daemon/ports.js';
import { UploadLedger } from '../../../../src/daemon/transfer/upload-ledger.js';

const id = (name: string): ChunkId => parseChunkId(Buffer.from(name).toString('hex').padStart(64, '0'));

/** A file whose chunks are named by letters; each letter is 10 bytes. */
function item(path: string, letters: string): UploadItem {
  const chunks = Array.from(letters, (letter) => ({ epoch: 1, id: id(letter), size: 10 }));
  const expected = { size: chunks.length * 10, mtimeNs: '0', ctimeNs: '0', birthtimeNs: '0', dev: '0', ino: '0', nlink: 1, mode: 0o644 };
  return { path, expected, content: { id: parseContentId('c'.repeat(64)), size: expected.size, inline: null, chunks } };
}

function ledgerOf(...items: readonly UploadItem[]) {
  const settled: string[] = [];
  let bytes = 0;
  const ledger = new UploadLedger(items, {
    onSettled: ({ path }, status) => settled.push(`${path} ${status}`),
    onBytes: (more) => (bytes += more),
  });
  const files = () =>
    ledger.sealFiles(ledger.chunks()).map(({ file }) => `${file.path} ${file.chunks.map(({ offset }) => offset).join(',')}`);
  const trouble = (path: string): void => {
    const source = ledger.sealFiles(ledger.chunks()).find(({ file }) => file.path === path);
    if (source === undefined) throw new Error(`nothing is read from ${path}`);
    ledger.markTrouble(source.of, 'changed');
  };
  return { ledger, settled, files, trouble, bytes: () => bytes };
}

describe('UploadLedger', () => {
  it('settles an item when its last chunk is stored', () => {
    const { ledger, settled } = ledgerOf(item('x', 'ab'), item('y', 'b'));
    ledger.markStored(id('b'));
    expect(settled).toEqual(['y stored']);
    ledger.markStored(id('a'));
    expect(settled).toEqual(['y stored', 'x stored']);
  });

  it('settles an item without chunks at the beginning', () => {
    const { ledger, settled } = ledgerOf(item('x', ''));
    ledger.begin();
    expect(settled).toEqual(['x stored']);
  });

  it('counts the bytes of every place of a chunk, once', () => {
    const { ledger, bytes } = ledgerOf(item('x', 'aab'), item('y', 'a'));
    ledger.markStored(id('a'));
    ledger.markStored(id('a'));
    expect(bytes()).toBe(30);
  });

  it('reads each chunk from one place only', () => {
    expect(ledgerOf(item('x', 'aba'), item('y', 'bc')).files()).toEqual(['x 0,10', 'y 10']);
  });

  it('reads from another file what a troubled one was to give', () => {
    const { files, trouble, settled } = ledgerOf(item('x', 'ab'), item('y', 'cb'));
    trouble('x');
    expect(settled).toEqual(['x changed']);
    expect(files()).toEqual(['y 10,0']);
  });

  it('leaves out what nobody wants any more', () => {
    const { files, trouble } = ledgerOf(item('x', 'ab'));
    trouble('x');
    expect(files()).toEqual([]);
  });

  it('settles no item twice', () => {
    const { ledger, settled, trouble } = ledgerOf(item('x', 'a'));
    trouble('x');
    ledger.markStored(id('a'));
    expect(settled).toEqual(['x changed']);
  });
});
