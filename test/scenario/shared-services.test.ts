/** Where two devices meet in the log, on PostgreSQL and Redis as well. The whole of it: npm run scenarios -- --database postgres */
import { defineScenarios } from './scenario-suite.js';

const CONCURRENT = /^(conf|xmove|ddel)-/;

defineScenarios({ mode: 'live', backend: 'postgres', only: ({ id }) => CONCURRENT.test(id) });
