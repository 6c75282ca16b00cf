#!/usr/bin/env node
// The daemon as a program of its own.
void import('../dist/daemon/main.js').then(async ({ main }) => process.exit(await main(process.argv.slice(2))));
