/** Documents that the command line makes by itself, without the daemon: `fsync check-ignore`, `config`. */

export interface IgnoreCheckDocument {
  readonly schema: 'fsync/check-ignore/1';
  readonly paths: readonly {
    readonly path: string;
    readonly ignored: boolean;
    /** The rule that decided, as written, and its line; null when no rule matched. */
    readonly rule: { readonly pattern: string; readonly source: string; readonly line: number } | null;
  }[];
}

export interface ConfigDocument {
  readonly schema: 'fsync/config/1';
  readonly settings: readonly { readonly key: string; readonly value: unknown; readonly default: unknown; readonly meaning: string }[];
}
