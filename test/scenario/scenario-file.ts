/**
 * The scenario file: what each field means, as a schema.
 *
 * A scenario makes `initial` on the first client, syncs it to all, runs the steps in order and
 * compares what the folders then hold with `expect`. Unknown fields are refused: a field that the
 * runner does not understand would be an expectation that nobody checks.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Text, or `bytes` bytes of a seeded generator followed by `then`. */
const contentSchema = z.union([
  z.string(),
  z.strictObject({ gen: z.string(), bytes: z.number().int().nonnegative(), then: z.string().optional() }),
]);

/** null: a directory. */
const entrySchema = z.union([contentSchema, z.null(), z.strictObject({ symlink: z.string() })]);
const entriesSchema = z.record(z.string(), entrySchema);
const one = z.string().min(1);
const many = z.array(one);

const operationSchema = z.discriminatedUnion('op', [
  z.strictObject({ client: one, op: z.literal('write'), path: one, content: contentSchema, mtime: z.number().optional() }),
  z.strictObject({ client: one, op: z.literal('append'), path: one, content: contentSchema }),
  z.strictObject({ client: one, op: z.literal('mkdir'), path: one }),
  z.strictObject({ client: one, op: z.literal('rm'), path: one }),
  z.strictObject({ client: one, op: z.literal('rmdir'), path: one, recursive: z.boolean().optional() }),
  z.strictObject({ client: one, op: z.literal('mv'), path: one, to: one }),
  z.strictObject({ client: one, op: z.literal('rename-case'), path: one, to: one }),
  z.strictObject({ client: one, op: z.literal('symlink'), path: one, target: z.string() }),
  z.strictObject({ client: one, op: z.literal('chmod'), path: one, mode: z.string() }),
  z.strictObject({ client: one, op: z.literal('touch'), path: one, mtime: z.number().optional() }),
]);

const stepSchema = z.union([
  operationSchema,
  z.strictObject({ offline: many }),
  z.strictObject({ sync: many }),
  z.strictObject({ wait: z.number() }),
  z.strictObject({ kill: one }),
  z.strictObject({ restart: one }),
  z.strictObject({ loseState: one }),
  z.strictObject({ saveState: one, withFolder: z.boolean().optional() }),
  z.strictObject({ restoreState: one, withFolder: z.boolean().optional() }),
  z.strictObject({ saveServer: z.unknown() }),
  z.strictObject({ restoreServer: z.unknown() }),
  z.strictObject({ unlink: one }),
  z.strictObject({ link: one }),
  z.strictObject({ addClient: one }),
  z.strictObject({ replaceRoot: one }),
  z.strictObject({ expectGuard: one }),
  z.strictObject({ confirmDeletes: one }),
  z.strictObject({ dropResponses: one }),
  z.strictObject({ restoreResponses: one }),
]);

const expectationSchema = z.strictObject({
  /** Entries that are there. */
  all: entriesSchema.optional(),
  /** With `all`: nothing else is there, except conflict copies. */
  exact: z.boolean().default(true),
  present: many.optional(),
  absent: many.optional(),
  /** Counted once for the converged tree. */
  conflictCopies: z.union([z.number().int(), z.string().regex(/^(any|>=\d+)$/)]).default(0),
  /** Each is the whole content of some live file. */
  nothingLost: z.array(contentSchema).default([]),
  /** No live file holds it. */
  contentAbsent: z.array(z.string()).optional(),
  outsideUnchanged: z.boolean().optional(),
  /** Permission bits, as octal text. */
  mode: z.record(z.string(), z.string()).optional(),
  /** Clients that have to agree; without it all. */
  only: many.optional(),
});

const scenarioSchema = z.strictObject({
  id: one,
  source: z.string(),
  note: z.string().optional(),
  clients: many.default(['A', 'B']),
  initial: entriesSchema,
  /** Content of a client's folder before it is linked for the first time. */
  preexisting: z.record(z.string(), entriesSchema).optional(),
  /** Files beside the root, reached from inside as `../outside`. */
  outside: entriesSchema.optional(),
  requires: many.default([]),
  repeat: z.number().int().positive().default(1),
  steps: z.array(stepSchema),
  expect: expectationSchema,
  /** The outcome that the decision table asks for: reported, never failing. */
  recommended: z.record(z.string(), z.unknown()).optional(),
});

export type Content = z.infer<typeof contentSchema>;
export type Entry = z.infer<typeof entrySchema>;
export type Entries = z.infer<typeof entriesSchema>;
export type Operation = z.infer<typeof operationSchema>;
export type Step = z.infer<typeof stepSchema>;
export type Expectation = z.infer<typeof expectationSchema>;
export type Scenario = z.infer<typeof scenarioSchema>;

/** All scenarios of a file, checked. */
export function readScenarios(file: URL | string): readonly Scenario[] {
  return z.array(scenarioSchema).parse(JSON.parse(readFileSync(file, 'utf8')));
}
