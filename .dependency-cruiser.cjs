/**
 * Who may import whom. core knows nobody; the three programs know core and never each other;
 * what touches the world is built in compose.ts only.
 */
const between = (from, to) => ({
  name: `${from}-never-imports-${to}`,
  severity: 'error',
  comment: `${from} and ${to} are separate programs: they share core and speak over a protocol.`,
  from: { path: `^src/${from}/` },
  to: { path: `^src/${to}/` },
});

const programs = ['daemon', 'server', 'cli'];

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'core-imports-core-only', severity: 'error', from: { path: '^src/core/' }, to: { path: '^src/', pathNot: '^src/core/' } },
    {
      name: 'core-does-no-io',
      severity: 'error',
      comment: 'Of Node only the pure functions of crypto, zlib and path.',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|zlib|path)$' },
    },
    {
      name: 'base-imports-base-only',
      severity: 'error',
      from: { path: '^src/core/base/' },
      to: { path: '^src/', pathNot: '^src/core/base/' },
    },
    {
      name: 'plan-never-sees-keys-or-bytes',
      severity: 'error',
      from: { path: '^src/core/(plan|tree)/' },
      to: { path: '^src/core/(crypto|account|log|chunk)/' },
    },
    ...programs.flatMap((from) => programs.filter((to) => to !== from).map((to) => between(from, to))),
    {
      name: 'source-never-imports-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-dependencies-in-source',
      severity: 'error',
      from: { path: '^(src|bin)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '^dist/'] },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.js', '.d.ts'],
    },
  },
};
