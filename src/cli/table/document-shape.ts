/** How the fields of a JSON document are described: a path names a field, 'pending.upload[].path' is in each entry of a list. */
export type FieldType = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'any';

export interface FieldShape {
  readonly type: FieldType;
  readonly nullable: boolean;
  /** The field may be missing. */
  readonly optional: boolean;
  readonly meaning: string;
}

export type DocumentShape = Readonly<Record<string, FieldShape>>;

type Mark = 'nullable' | 'optional';

const field =
  (type: FieldType) =>
  (meaning: string, ...marks: readonly Mark[]): FieldShape => ({
    type,
    nullable: marks.includes('nullable'),
    optional: marks.includes('optional'),
    meaning,
  });
export const text = field('string');
export const number = field('number');
export const flag = field('boolean');
export const group = field('object');
export const list = field('array');
export const any = field('any');

export const person = (at: string): DocumentShape => ({
  [`${at}.account`]: text('account id'),
  [`${at}.user`]: text('login name; null when it is not known here', 'nullable'),
  [`${at}.verified`]: flag('its safety words were compared here, or it is the own account; else the name is the word of the server'),
});

export const holding = (at: string): DocumentShape => ({
  [`${at}[].name`]: text('device name'),
  [`${at}[].user`]: text('login name of its account; null when it is not known here', 'nullable'),
  [`${at}[].commit`]: number('the commit up to which it has the vault; null for one that is not known here', 'nullable'),
  [`${at}[].at`]: text('when it said so last'),
  [`${at}[].hasIt`]: flag('it has what was asked about'),
});

export const change = (at: string): DocumentShape => ({
  [`${at}[].path`]: text('path in the vault'),
  [`${at}[].change`]: text('added, modified, moved, deleted or attributes'),
  [`${at}[].size`]: number('bytes; null where there is no content', 'nullable'),
  [`${at}[].from`]: text('where it was before a move', 'optional'),
});
