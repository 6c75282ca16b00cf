/** keytar's functions over a map. */
export interface MemoryKeytar {
  readonly entries: Map<string, string>;
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

export function memoryKeytar(): MemoryKeytar {
  const entries = new Map<string, string>();
  const key = (service: string, account: string): string => `${service}/${account}`;
  return {
    entries,
    getPassword: (service, account) => Promise.resolve(entries.get(key(service, account)) ?? null),
    setPassword: (service, account, password) => {
      entries.set(key(service, account), password);
      return Promise.resolve();
    },
    deletePassword: (service, account) => Promise.resolve(entries.delete(key(service, account))),
  };
}
