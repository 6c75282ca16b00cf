/** What no linter checks: that the tree of files keeps its shape. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../scripts/harness/processes.mjs';

const inProject = (file: string): string => path.join(projectRoot, file);
const read = (file: string): string => readFileSync(inProject(file), 'utf8');

function filesBelow(folder: string, pattern: RegExp): readonly string[] {
  return readdirSync(inProject(folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => pattern.test(file))
    .sort((a, b) => (a < b ? -1 : 1));
}

const sources = filesBelow('src', /\.tsx?$/);

describe('the tree of files', () => {
  it('names every source file in kebab-case, for what it exports', () => {
    const names = sources.map((file) => path.basename(file).replace(/\.(d\.)?tsx?$/, ''));
    expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && !/^\d{4,}_/.test(name))).toEqual([]);
    expect(names.filter((name) => ['utils', 'util', 'helpers', 'helper', 'types', 'common', 'misc', 'index'].includes(name))).toEqual([]);
  });

  it('mirrors the folders of src in test/unit', () => {
    const folders = new Set(filesBelow('test/unit', /\.test\.tsx?$/).map((file) => path.dirname(file)));
    expect([...folders].filter((folder) => !existsSync(inProject(path.join('src', folder))))).toEqual([]);
  });

  it('gives each program its edge, its composition and its ports', () => {
    for (const program of ['daemon', 'server'])
      for (const part of ['main.ts', 'compose.ts', 'ports.ts']) expect(sources).toContain(`${program}/${part}`);
    expect(sources).toContain('cli/main.ts');
  });

  it('explains every source file at its head', () => {
    const silent = sources.filter((file) => !/^(#!.*\n)?(\/\*\*|\/\/)/.test(read(path.join('src', file))));
    expect(silent).toEqual([]);
  });
});

describe('the manifest', () => {
  const manifest = JSON.parse(read('package.json')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
    version: string;
  };

  it('pins every dependency', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('names no download host in the lock file', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "http/);
  });

  it('has the version that the programs report', () => {
    expect(read('src/core/base/version.ts')).toContain(`'${manifest.version}'`);
  });

  it('has a changelog entry for its version', () => {
    expect(read('CHANGELOG.md')).toContain(`## ${manifest.version}`);
  });
});

describe('the readme', () => {
  it('names only tests and documents that exist', () => {
    const named = [...read('README.md').matchAll(/`(test\/[\w./-]+)`|\]\(((?!http)[\w./-]+)\)/g)].map(
      (match) => match[1] ?? match[2] ?? '',
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((file) => !existsSync(inProject(file)))).toEqual([]);
  });
});
