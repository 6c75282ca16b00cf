#!/usr/bin/env node
// Runs the server without the command line: for containers and systemd.
void import('../dist/server/main.js').then(async ({ runServer }) => {
  process.exitCode = await runServer(process.argv.slice(2));
});
