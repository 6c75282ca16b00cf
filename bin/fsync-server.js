#!/usr/bin/env node
// Runs the server without the command line: for containers and systemd.
void import('../dist/server/main.js').then(
  async ({ runServer }) => {
    process.exitCode = await runServer(process.argv.slice(2));
  },
  (error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    process.stderr.write(`fsync-server: not built, or not whole: ${error.message}\nBuild it: npm ci && npm run build\n`);
    process.exitCode = 1;
  },
);
