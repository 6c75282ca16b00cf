#!/usr/bin/env node
/**
 * Joins the command line into one file, dist/cli-bundle/main.js: loading it as forty modules takes
 * most of the time that `fsync status` has. The live views, which are rarely used and bring ink, and
 * the settings file's library stay outside.
 */
import { build } from 'esbuild';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/cli-bundle/main.js',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
  external: ['conf'],
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  plugins: [
    {
      // Commander loads it for subcommands that are programs of their own, which there are none of.
      name: 'commander-starts-no-programs',
      setup(builder) {
        builder.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
          importer.includes('commander') ? { path: 'no-programs', namespace: 'empty' } : null,
        );
        builder.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {};' }));
      },
    },
    {
      name: 'live-views-outside',
      setup(builder) {
        builder.onResolve({ filter: /\/ui\/[\w-]+-view\.js$/ }, ({ path: file }) => ({
          path: `../cli/ui/${path.basename(file)}`,
          external: true,
        }));
      },
    },
  ],
});
