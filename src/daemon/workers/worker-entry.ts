/**
 * Which file a worker thread starts with. The same code finds it compiled (`worker.js` beside this
 * file) and as TypeScript under a test runner, where the thread first registers tsx as its loader.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

export type WorkerEntry =
  | { readonly kind: 'file'; readonly url: URL }
  /** Source text of a CommonJS script. */
  | { readonly kind: 'script'; readonly text: string };

/** The daemon's own worker. */
export function daemonWorkerEntry(): WorkerEntry {
  const suffix = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return workerEntry(new URL(`./worker${suffix}`, import.meta.url));
}

/** Any file as a worker. `--import tsx` does not reach worker threads, hence the script for TypeScript. */
export function workerEntry(url: URL): WorkerEntry {
  if (!url.pathname.endsWith('.ts')) return { kind: 'file', url };
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  // The CommonJS half of tsx's API does not find its own parts, so its ES module is named.
  const api = new URL('./dist/esm/api/index.mjs', tsx).href;
  return {
    kind: 'script',
    text: `void import(${JSON.stringify(api)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(url.href)}); });`,
  };
}
