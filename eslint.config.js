/**
 * The house rules that a linter can check. Layers and cycles are dependency-cruiser's work
 * (.dependency-cruiser.cjs), unused code is knip's (knip.json).
 */
import tseslint from 'typescript-eslint';
import { ownLines } from './scripts/lint/own-lines.mjs';

const readsEnvironment = ['src/*/main.ts', 'src/cli/home.ts', 'src/daemon/home/*.ts', 'src/server/server-config.ts'];

const pureModules = ['node:crypto', 'node:zlib', 'node:path'];
const impureModules = [
  'fs',
  'fs/promises',
  'net',
  'tls',
  'dgram',
  'dns',
  'http',
  'http2',
  'https',
  'os',
  'process',
  'child_process',
  'cluster',
  'worker_threads',
  'timers',
  'timers/promises',
  'readline',
  'readline/promises',
  'perf_hooks',
  'stream',
  'stream/promises',
  'events',
].map((name) => `node:${name}`);

const declarations = {
  selector: 'ExportDefaultDeclaration',
  message: 'Named exports only: a name is found by searching for it.',
};
const bareBuiltin = {
  regex:
    '^(assert|buffer|child_process|cluster|crypto|dgram|dns|events|fs|http|http2|https|net|os|path|perf_hooks|process|readline|stream|timers|tls|url|util|v8|vm|worker_threads|zlib)(/.*)?$',
  message: 'Write the node: prefix.',
};

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', 'node_modules/', 'completions/', 'man/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.ts', '**/*.tsx'] })),
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/require-array-sort-compare': 'error',
      '@typescript-eslint/return-await': ['error', 'in-try-catch'],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Factories return closures: there is no `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
      // A type parameter that only names the result is how rows, replies and parsed ids get their types.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      'no-restricted-imports': ['error', { patterns: [bareBuiltin] }],
      eqeqeq: ['error', 'always'],
      'no-var': 'error',
      'prefer-const': 'error',
      'max-lines': ['error', 300],
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    plugins: { house: { rules: { 'own-lines': ownLines } } },
    rules: {
      complexity: ['error', 12],
      'house/own-lines': ['error', 60],
      'max-params': ['error', 4],
      'no-restricted-syntax': ['error', declarations],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'The environment is read in main.ts and handed on.' },
      ],
    },
  },
  { files: readsEnvironment, rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['src/core/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: impureModules.map((name) => ({ name, message: `core does no I/O; of Node's modules only ${pureModules.join(' and ')}.` })),
          patterns: [bareBuiltin],
        },
      ],
      'no-restricted-globals': [
        'error',
        ...['process', 'console', 'fetch', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'crypto'].map(
          (name) => ({
            name,
            message: 'core is pure: effects are handed in (core/base/effects.ts).',
          }),
        ),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Take a Clock.' },
        { object: 'Math', property: 'random', message: 'Take RandomBytes.' },
        { object: 'process', property: 'env', message: 'core reads no environment.' },
      ],
      'no-restricted-syntax': [
        'error',
        declarations,
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take a Clock.' },
      ],
    },
  },
  // seal and box: key, label and context are one sentence, and a fifth word is not worth an object a call.
  { files: ['src/core/crypto/*.ts'], rules: { 'max-params': ['error', 5] } },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // What a test has parsed it compares at once: a wrong shape fails the assertion.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'max-lines': ['error', 600],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    rules: { eqeqeq: ['error', 'always'], 'no-var': 'error', 'prefer-const': 'error', 'no-unused-vars': 'error' },
  },
);
