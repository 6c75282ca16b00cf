/** Names are compared by this key: two spellings of the same text in different Unicode forms are one name. */
export function nameKey(name: string): string {
  return name.normalize('NFC');
}
