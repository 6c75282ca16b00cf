import { defineScenarios } from './scenario-suite.js';

defineScenarios({ mode: 'stopped' });
