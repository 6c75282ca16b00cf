#!/usr/bin/env node
// Runs the server without the command line: for containers and systemd.
import { runServer } from '../dist/server/main.js';

process.exitCode = await runServer(process.argv.slice(2));
