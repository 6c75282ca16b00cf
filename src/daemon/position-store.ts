/** Where the devices that have a vault say how far they hold it: part of the port RemoteVault. */
export interface PositionStore {
  /** Takes the place of the one that this device sent before. Throws history_changed, rollback when the server has another log. */
  putPosition(signed: Uint8Array, options: { signal: AbortSignal }): Promise<void>;
  /** The newest signed position of each device: not verified. Throws not_found on a server that keeps none. */
  positions(options: { signal: AbortSignal }): Promise<readonly Uint8Array[]>;
  /** This device has the vault no more. */
  removePosition(options: { signal: AbortSignal }): Promise<void>;
}
