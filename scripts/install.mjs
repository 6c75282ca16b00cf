/** Installs the dependencies when a checkout has none: what `npm test`, the demo and the benchmark begin with. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Runs `npm ci` when node_modules is absent or half-made; ends the process when that fails. */
export function installIfMissing(root) {
  // npm writes this file last: without it an earlier installation was interrupted.
  if (existsSync(path.join(root, 'node_modules', '.package-lock.json'))) return;
  console.log('installing dependencies (npm ci); native modules are compiled, which takes a minute or two');
  const { status } = spawnSync('npm', ['ci'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Compiles src; ends the process when that fails. */
export function build(root) {
  const { status } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
