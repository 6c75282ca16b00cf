/** How the command line and the daemon tell each other what they are. */

/** Raised with any change that an older peer would misread; the daemon is replaced when it is older. */
export const IPC_VERSION = 2;

/**
 * Both sides send their IPC_VERSION in this header, on the request and on the reply. A daemon that
 * sees another number than its own runs nothing but `daemon.stop` and answers `unsupported_version`; the command line
 * replaces an older daemon and sends the call again. A missing header means the same version.
 */
export const IPC_VERSION_HEADER = 'fsync-ipc-version';

/**
 * Both sides send the VERSION of their program in this header. A daemon of an older release than the
 * command line runs nothing but `daemon.stop` either, and is replaced the same way: after an upgrade
 * nobody has to restart it. A newer one serves an older command line.
 */
export const PROGRAM_VERSION_HEADER = 'fsync-version';

/**
 * While a call runs the daemon sends an empty line this often, milliseconds: so a daemon that is at work, or waits for the
 * server, is told from one that hangs.
 */
export const IPC_BEAT_MS = 5_000;
