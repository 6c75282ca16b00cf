/** Compares a value of unknown origin with the documented shape of a JSON document. */
import type { DocumentShape, FieldShape, FieldType } from '../table/document-shape.js';

/**
 * The path of the first field that is not as documented, or null when all are. Fields that are not
 * documented are tolerated: a newer daemon may send more.
 */
export function firstMismatch(shape: DocumentShape, value: unknown): string | null {
  if (typeOf(value) !== 'object') return '(document)';
  for (const [path, field] of Object.entries(shape)) {
    if (!holds(value, path.replaceAll('[]', '.[]').split('.'), field)) return path;
  }
  return null;
}

/** Every value at the path has the type; a parent that is absent or null is judged by its own entry. */
function holds(value: unknown, path: readonly string[], field: FieldShape): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return value === null ? field.nullable || field.type === 'any' : isOfType(value, field.type);
  if (name === '[]') return !Array.isArray(value) || value.every((entry) => holds(entry, rest, field));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return rest.length > 0 || value === null;
  if (!Object.hasOwn(value, name)) return rest.length > 0 || field.optional;
  return holds(Reflect.get(value, name), rest, field);
}

function isOfType(value: unknown, type: FieldType): boolean {
  return type === 'any' || typeOf(value) === type;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}
