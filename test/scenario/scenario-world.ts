/** What a scenario needs from the system under test: devices with a folder each, and the server's state. */
import type { Owner } from './file-operations.js';

export interface DeviceReport {
  /** Newest commit that the folder shows. */
  readonly head: number;
  /** Paths that the device itself says it cannot sync. */
  readonly unsyncable: readonly string[];
}

export interface ScenarioDevice {
  readonly name: string;
  /** The vault's folder. It exists from the start; its `..` is this device's own. */
  readonly root: string;
  /** Makes the vault out of the folder. */
  init(): Promise<void>;
  /** Attaches the folder to the vault, merging what it holds already. */
  link(): Promise<void>;
  unlink(): Promise<void>;
  goOffline(): Promise<void>;
  goOnline(): Promise<void>;
  /** Until in sync; throws when it cannot be. */
  sync(): Promise<DeviceReport>;
  kill(): Promise<void>;
  restart(): Promise<void>;
  loseState(): Promise<void>;
  saveState(withFolder: boolean): Promise<void>;
  restoreState(withFolder: boolean): Promise<void>;
  /** Another, empty folder stands where the vault's was. */
  replaceRoot(): Promise<void>;
  isGuarded(): Promise<boolean>;
  confirmDeletes(): Promise<void>;
  dropResponses(): Promise<void>;
  restoreResponses(): Promise<void>;
}

export interface ScenarioWorld {
  readonly devices: ReadonlyMap<string, ScenarioDevice>;
  readonly owner: Owner | null;
  /** Nobody tells these devices to look: they may be quiet only because they have not noticed yet. */
  readonly isLive: boolean;
  saveServer(): Promise<void>;
  restoreServer(): Promise<void>;
  close(): Promise<void>;
}
