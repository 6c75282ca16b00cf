#!/usr/bin/env node
// The daemon as a program of its own.
import { main } from '../dist/daemon/main.js';

process.exit(await main(process.argv.slice(2)));
