/** A blob on its way to the disk: a temporary file that gets its key and its place once its bytes are durable. */
import { rm, type FileHandle } from 'node:fs/promises';
import type { BlobWriter } from '../ports.js';
import { readFully, storageError } from './blob-files.js';

export class DiskBlobWriter implements BlobWriter {
  readonly #handle: FileHandle;
  readonly #temporary: string;
  readonly #place: (temporary: string) => Promise<string>;
  #length = 0;

  constructor(handle: FileHandle, temporary: string, place: (temporary: string) => Promise<string>) {
    this.#handle = handle;
    this.#temporary = temporary;
    this.#place = place;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const position = this.#length;
    this.#length += bytes.length;
    let written = 0;
    try {
      while (written < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, position + written);
        written += bytesWritten;
      }
    } catch (cause) {
      throw storageError(cause);
    }
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafe(length);
    await readFully(this.#handle, buffer, offset);
    return buffer;
  }

  async commit(): Promise<string> {
    try {
      await this.#handle.datasync();
      await this.#handle.close();
      return await this.#place(this.#temporary);
    } catch (cause) {
      throw storageError(cause);
    }
  }

  async abort(): Promise<void> {
    await this.#handle.close();
    await rm(this.#temporary, { force: true });
  }
}
