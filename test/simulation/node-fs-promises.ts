/** Stands in for `node:fs/promises`: the three calls that the transfer code makes on its own thread. */
import { readdirSync, rmSync, statfsSync } from './node-fs.js';

export async function readdir(path: string): Promise<unknown> {
  return new Promise((resolve) => resolve(readdirSync(path)));
}

export async function rm(path: string, options: { force?: boolean; recursive?: boolean } = {}): Promise<void> {
  return new Promise((resolve) => resolve(rmSync(path, options)));
}

export async function statfs(): Promise<{ bavail: number; bsize: number }> {
  return Promise.resolve(statfsSync());
}
