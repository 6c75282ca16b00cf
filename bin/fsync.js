#!/usr/bin/env node
/** The command line. This file joins the three programs: the command line starts the other two without importing them. */
import { main } from '../dist/cli/main.js';

process.exitCode = await main(process.argv.slice(2), {
  runDaemon: () => import('../dist/daemon/main.js'),
  runServer: () => import('../dist/server/main.js'),
});
