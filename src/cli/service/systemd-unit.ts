/** The systemd user unit of the daemon: systemd.service(5), systemd.exec(5), sd_notify(3). */
import type { DaemonService } from './service-definition.js';

/** The daemon says every half of it that it is alive. */
const WATCHDOG_S = 120;
/** Longer than the daemon's own deadline for stopping. */
const STOP_S = 30;

export function systemdUnit({ command, environment }: DaemonService): string {
  const variables = [...environment].map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  return `# Made by: fsync daemon install. Removed by: fsync daemon uninstall
[Unit]
Description=fsync daemon
Documentation=man:fsync(1)

[Service]
Type=notify
# systemd-notify speaks for the daemon.
NotifyAccess=all
ExecStart=${command.map((word) => quoted(word.replaceAll('$', '$$$$'))).join(' ')}
${variables.map((line) => `${line}\n`).join('')}Restart=on-failure
RestartSec=5
WatchdogSec=${String(WATCHDOG_S)}
TimeoutStopSec=${String(STOP_S)}
UMask=0077
# A dump of its memory would hold keys.
LimitCORE=0

NoNewPrivileges=yes
LockPersonality=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native

[Install]
WantedBy=default.target
`;
}

/** One word as systemd reads it: quotes and backslashes escaped, no specifiers. Variables are expanded in ExecStart only. */
function quoted(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('\n', '\\n');
  return `"${escaped}"`;
}
