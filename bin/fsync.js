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
  runDaemon: async (args) => process.exit(await (await import('../dist/daemon/main.js')).main(args)),
  runServer: async (args) => (await import('../dist/server/main.js')).runServer(args),
});
