#!/usr/bin/env node
/**
 * Joins the command line into one file, dist/cli-bundle/main.cjs: loading it as forty modules takes
 * most of the time that `fsync status` has. The live views, which are rarely used and bring ink, and
 * the settings file's library stay outside. quick-prompt.cjs is what `fsync prompt` needs of it.
 */
import { build } from 'esbuild';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts', 'src/cli/quick-prompt.ts'],
  outdir: 'dist/cli-bundle',
  outExtension: { '.js': '.cjs' },
  bundle: true,
  minify: true,
  legalComments: 'none',
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  logLevel: 'warning',
  external: ['conf'],
  // A bundle in CommonJS has no import.meta.
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
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
