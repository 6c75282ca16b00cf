#!/usr/bin/env node
// The daemon as a program of its own.
void import('../dist/daemon/main.js').then(
  async ({ main }) => process.exit(await main(process.argv.slice(2))),
  (error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write(`fsyncd: not built, or not whole: ${error.message}\nBuild it: npm ci && npm run build\n`);
    process.exitCode = 1;
  },
);
