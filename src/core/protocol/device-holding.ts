/** Whether a device that has a vault holds one of its commits: part of `fsync why` and `fsync wait --until all-devices`. */

export interface DeviceHolding {
  readonly name: string;
  /** Login name of its account; null when it is not known here. */
  readonly user: string | null;
  /** The commit up to which it holds the vault; null for one that is not known here. */
  readonly commit: number | null;
  /** When it said so last, ISO 8601. */
  readonly at: string;
  readonly hasIt: boolean;
}

/** 'phone'; 'phone of grace' where devices of several people are listed. */
export function deviceLabel({ name, user }: DeviceHolding, among: readonly DeviceHolding[]): string {
  const isShared = new Set(among.map((one) => one.user)).size > 1;
  return isShared ? `${name} of ${user ?? 'somebody'}` : name;
}
