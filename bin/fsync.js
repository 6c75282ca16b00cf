#!/usr/bin/env node
/**
 * The command line. This file joins the three programs: the command line starts the other two
 * without importing them. It runs the one-file bundle, which starts quicker, unless the compiler
 * has run since that was made.
 */
import { statSync } from 'node:fs';

const modified = (file) => statSync(new URL(file, import.meta.url), { throwIfNoEntry: false })?.mtimeMs ?? 0;
const bundled = modified('../dist/cli-bundle/main.js');
const { main } =
  bundled > 0 && bundled >= modified('../dist/.tsbuildinfo')
    ? await import('../dist/cli-bundle/main.js')
    : await import('../dist/cli/main.js');

process.exitCode = await main(process.argv.slice(2), {
  runDaemon: () => import('../dist/daemon/main.js'),
  runServer: () => import('../dist/server/main.js'),
});
