#!/usr/bin/env node
/**
 * The command line. This file joins the three programs: the command line starts the other two
 * without importing them. It runs the one-file bundles, which start quicker, unless the compiler has
 * run since they were made. It is CommonJS, as they are: Node takes a quarter longer to start when
 * the first file is a module. What a shell asks at every prompt has a bundle of its own.
 */
'use strict';
const { statSync } = require('node:fs');
const { join } = require('node:path');

const dist = join(__dirname, '..', 'dist');
const bundle = (name) => join(dist, 'cli-bundle', `${name}.cjs`);
const modified = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const bundled = modified(bundle('main'));
const isCurrent = bundled > 0 && bundled >= modified(join(dist, '.tsbuildinfo'));
const argv = process.argv.slice(2);

if (!(isCurrent && argv.length === 1 && argv[0] === 'prompt' && require(bundle('quick-prompt')).printPrompt())) void run().catch(explain);

async function run() {
  const { main } = isCurrent ? require(bundle('main')) : await import('../dist/cli/main.js');
  process.exitCode = await main(argv, {
    runDaemon: async (args) => process.exit(await (await import('../dist/daemon/main.js')).main(args)),
    runServer: async (args) => (await import('../dist/server/main.js')).runServer(args),
  });
}

function explain(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write(`fsync: not built, or not whole: ${error.message}\nBuild it: npm ci && npm run build\n`);
  process.exitCode = 1;
}
