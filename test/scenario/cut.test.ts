import { defineScenarios } from './scenario-suite.js';

defineScenarios('cut');
