/**
 * The oracle: which contents users wrote, and which of them a user who saw them has overwritten or
 * deleted since. Every content is written once and says where it came from, so that it can be told
 * apart in every tree, stash and record.
 */
import { contentIdOfText } from './content-of-text.js';
import type { Inode } from './inode.js';

interface Value {
  /** Somebody who had it before them overwrote or deleted it: it may vanish. */
  gone: boolean;
  readonly lineage: Lineage;
}

/** The contents of one file, one written over the other. */
interface Lineage {
  /** Something happened that may bring any of them back rightly: a move or a copy of the file, wherever it was edited or deleted meanwhile; a lost database. */
  mayReturn: boolean;
}

/** How long a daemon may take to see a deletion and to commit it while it runs, virtual ms. */
const NOTICED_MS = 5_000;

export class Model {
  readonly #values = new Map<string, Value>();
  /** Contents that were there for a moment only: halves of slow writes, truncated files. */
  readonly #passing = new Map<string, Lineage>([['', { mayReturn: false }]]);
  /** What was deleted lately. */
  #deleted: readonly { readonly path: string; readonly text: string; readonly atMs: number }[] = [];
  /** Directories that another device has moved, and where they are while this move has not come. */
  readonly #movedElsewhere = new Map<Inode, Pick<Inode, 'parent' | 'name'>>();
  #written = 0;
  /** What an ignore rule hid on one device while it was deleted or written on another one may come back rightly. */
  #isSomethingIgnored = false;

  /** A content nobody wrote before, of about `size` bytes, for a file that held `over`; `before` stays at its beginning. */
  fresh(label: string, size: number, { over = '', before = '' } = {}): string {
    this.#written += 1;
    const text = `${before}v${String(this.#written).padStart(4, '0')}@${label}|`.padEnd(size, '.');
    const lineage = over === '' ? undefined : this.#lineageOf(over);
    this.#values.set(text, { gone: false, lineage: lineage ?? { mayReturn: false } });
    return text;
  }

  /** A part of `whole`, of the same file: what is written over it is of that file as well. */
  passing(text: string, whole: string): void {
    const lineage = this.#lineageOf(whole);
    if (text !== '' && lineage !== undefined) this.#passing.set(text, lineage);
  }

  /** The content with this id; '' when nobody wrote it. */
  textOf(contentId: string): string {
    return [...this.#values.keys(), ...this.#passing.keys()].find((text) => contentIdOfText(text) === contentId) ?? '';
  }

  #lineageOf(text: string): Lineage | undefined {
    return this.#values.get(text)?.lineage ?? this.#passing.get(text);
  }

  /** A user overwrote or deleted it, having had it before them. */
  forget(text: string): void {
    const value = this.#values.get(text);
    if (value !== undefined) value.gone = true;
  }

  /** A power loss took it from a disk, before it was in sync there. */
  powerTook(text: string): void {
    this.forget(text);
    this.mayReturn(text);
  }

  /** A power loss took back what the user had done to it: it is a content of the user's like any other. */
  powerReturned(text: string): void {
    const value = this.#values.get(text);
    if (value !== undefined) value.gone = false;
    this.mayReturn(text);
  }

  deleted(path: string, text: string, atMs: number): void {
    this.#deleted = [...this.#deleted, { path, text, atMs }].filter((one) => atMs - one.atMs <= NOTICED_MS);
  }

  /** What was deleted in it just before may come with it: until the deletion is seen, it is on its way to the server like any new file. */
  directoryMoves(path: string, nowMs: number): void {
    for (const one of this.#deleted) if (nowMs - one.atMs <= NOTICED_MS && one.path.startsWith(`${path}/`)) this.mayReturn(one.text);
  }

  /** Another device has moved this directory. */
  movedElsewhere(directory: Inode): void {
    this.#movedElsewhere.set(directory, { parent: directory.parent, name: directory.name });
  }

  /** Has another device moved this directory, and is it still where it was? */
  isMovedElsewhere(directory: Inode): boolean {
    const known = this.#movedElsewhere.get(directory);
    return known !== undefined && known.parent === directory.parent && known.name === directory.name;
  }

  mayReturn(text: string): void {
    const lineage = text === '' ? undefined : this.#lineageOf(text);
    if (lineage !== undefined) lineage.mayReturn = true;
  }

  everythingMayReturn(): void {
    for (const { lineage } of this.#values.values()) lineage.mayReturn = true;
  }

  somethingIsIgnored(): void {
    this.#isSomethingIgnored = true;
  }

  get isSomethingIgnored(): boolean {
    return this.#isSomethingIgnored;
  }

  /** Some user wrote it, to its end. */
  isWritten(text: string): boolean {
    return this.#values.has(text);
  }

  /** D7: some user made a file with this content. */
  isKnown(text: string): boolean {
    return this.#values.has(text) || this.#passing.has(text);
  }

  /** D1: contents that must still be somewhere. */
  mustBeKept(): readonly string[] {
    return [...this.#values].filter(([, { gone }]) => !gone).map(([text]) => text);
  }

  /** D2: contents that must not be in a tree any more. */
  mustBeGone(): readonly string[] {
    if (this.#isSomethingIgnored) return [];
    return [...this.#values].filter(([, { gone, lineage }]) => gone && !lineage.mayReturn).map(([text]) => text);
  }
}
