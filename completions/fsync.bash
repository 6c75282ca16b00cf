# bash completion for fsync. Generated from the command table: do not edit.

# Adds what only the program knows: vaults, devices, versions, conflicts.
_fsync_ask() {
  local entry
  while IFS= read -r entry; do
    [[ $entry == "$cur"* ]] && COMPREPLY+=("$entry")
  done < <("${COMP_WORDS[0]}" __complete "$1" "$cur" "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
}

_fsync() {
  local cur prev command='' position=0 index
  cur=${COMP_WORDS[COMP_CWORD]}
  prev=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()

  # The words before the cursor that are neither options nor their values.
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "${COMP_WORDS[index]}" in
      --server|--user|--device|--ca-file|--vault|--expires|--name|--confirm|--role|--words|--timeout|--tool|--id|--until|-n|--number|--since|--version|--at|--to|--host|--port|--data-dir|--database-url|--database-pool|--database-timeout-ms|--redis-url|--redis-prefix|--tls-cert|--tls-key|--registration|--quota-bytes|--retention-days|--gc-grace-days|--delete-delay-hours|--trusted-proxies|--allowed-origins|--metrics|--log-level|--migrate|--rate-limits|--rate-factor|--rate-loopback-factor|--drain-ms|--max-connections|--yes|-C|--color) ((index++)) ;;
      -*) ;;
      *)
        case "$command" in
          '') command=${COMP_WORDS[index]} ;;
          device|token|vault|guard|config|daemon|server) command="$command ${COMP_WORDS[index]}" ;;
          *) ((position++)) ;;
        esac
        ;;
    esac
  done

  case "$command:$prev" in
    'register':--server)  return ;;
    'register':--user)  return ;;
    'register':--device)  return ;;
    'register':--ca-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    'login':--server)  return ;;
    'login':--user)  return ;;
    'login':--device)  return ;;
    'login':--ca-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    'token create':--vault)  return ;;
    'token create':--expires)  return ;;
    'init':--name)  return ;;
    'vault delete':--confirm)  return ;;
    'share':--role) mapfile -t COMPREPLY < <(compgen -W 'reader writer owner' -- "$cur"); return ;;
    'share':--words)  return ;;
    'push':--timeout)  return ;;
    'pull':--timeout)  return ;;
    'sync':--timeout)  return ;;
    'resolve':--tool)  return ;;
    'guard approve':--id)  return ;;
    'guard reject':--id)  return ;;
    'wait':--timeout)  return ;;
    'wait':--until) mapfile -t COMPREPLY < <(compgen -W 'synced uploaded all-devices' -- "$cur"); return ;;
    'log':-n | 'log':--number)  return ;;
    'log':--since)  return ;;
    'diff':--version) _fsync_ask version; return ;;
    'diff':--at)  return ;;
    'restore':--version) _fsync_ask version; return ;;
    'restore':--at)  return ;;
    'restore':--to) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    'daemon logs':-n | 'daemon logs':--number)  return ;;
    'server start':--host)  return ;;
    'server start':--port)  return ;;
    'server start':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server start':--database-url)  return ;;
    'server start':--database-pool)  return ;;
    'server start':--database-timeout-ms)  return ;;
    'server start':--redis-url)  return ;;
    'server start':--redis-prefix)  return ;;
    'server start':--tls-cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    'server start':--tls-key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    'server start':--role) mapfile -t COMPREPLY < <(compgen -W 'all api ws worker' -- "$cur"); return ;;
    'server start':--registration) mapfile -t COMPREPLY < <(compgen -W 'open closed' -- "$cur"); return ;;
    'server start':--quota-bytes)  return ;;
    'server start':--retention-days)  return ;;
    'server start':--gc-grace-days)  return ;;
    'server start':--delete-delay-hours)  return ;;
    'server start':--trusted-proxies)  return ;;
    'server start':--allowed-origins)  return ;;
    'server start':--metrics) mapfile -t COMPREPLY < <(compgen -W 'local open off' -- "$cur"); return ;;
    'server start':--log-level) mapfile -t COMPREPLY < <(compgen -W 'debug info warn error silent' -- "$cur"); return ;;
    'server start':--migrate) mapfile -t COMPREPLY < <(compgen -W 'auto check' -- "$cur"); return ;;
    'server start':--rate-limits) mapfile -t COMPREPLY < <(compgen -W 'on off' -- "$cur"); return ;;
    'server start':--rate-factor)  return ;;
    'server start':--rate-loopback-factor)  return ;;
    'server start':--drain-ms)  return ;;
    'server start':--max-connections)  return ;;
    'server migrate':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server migrate':--database-url)  return ;;
    'server gc':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server gc':--database-url)  return ;;
    'server gc':--log-level) mapfile -t COMPREPLY < <(compgen -W 'debug info warn error silent' -- "$cur"); return ;;
    'server gc':--retention-days)  return ;;
    'server gc':--gc-grace-days)  return ;;
    'server gc':--delete-delay-hours)  return ;;
    'server check':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server check':--database-url)  return ;;
    'server check':--log-level) mapfile -t COMPREPLY < <(compgen -W 'debug info warn error silent' -- "$cur"); return ;;
    'server backup':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server backup':--database-url)  return ;;
    'server backup':--log-level) mapfile -t COMPREPLY < <(compgen -W 'debug info warn error silent' -- "$cur"); return ;;
    'server restore':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server restore':--database-url)  return ;;
    'server restore':--log-level) mapfile -t COMPREPLY < <(compgen -W 'debug info warn error silent' -- "$cur"); return ;;
    'server user':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server user':--database-url)  return ;;
    'server user':--log-level) mapfile -t COMPREPLY < <(compgen -W 'debug info warn error silent' -- "$cur"); return ;;
    'server user':--yes)  return ;;
    *:-C) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    *:--color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur"); return ;;
  esac

  if [[ $cur == -* ]]; then
    case "$command" in
      'register') mapfile -t COMPREPLY < <(compgen -W '--server --user --device --password-stdin --ca-file --insecure-key-file --json -C --color --debug -h --help' -- "$cur") ;;
      'login') mapfile -t COMPREPLY < <(compgen -W '--server --user --device --password-stdin --ca-file --insecure-key-file --json -C --color --debug -h --help' -- "$cur") ;;
      'logout') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'whoami') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'device list') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'device rename') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'device revoke') mapfile -t COMPREPLY < <(compgen -W '-y --yes --json -C --color --debug -h --help' -- "$cur") ;;
      'token create') mapfile -t COMPREPLY < <(compgen -W '--vault --write --expires --json -C --color --debug -h --help' -- "$cur") ;;
      'token list') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'token revoke') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'init') mapfile -t COMPREPLY < <(compgen -W '--name --json -C --color --debug -h --help' -- "$cur") ;;
      'clone') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'vaults') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'detach') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'vault delete') mapfile -t COMPREPLY < <(compgen -W '--confirm --json -C --color --debug -h --help' -- "$cur") ;;
      'ignore') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'check-ignore') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'share') mapfile -t COMPREPLY < <(compgen -W '--role --words -y --yes --json -C --color --debug -h --help' -- "$cur") ;;
      'unshare') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'members') mapfile -t COMPREPLY < <(compgen -W '--words --json -C --color --debug -h --help' -- "$cur") ;;
      'status') mapfile -t COMPREPLY < <(compgen -W '-s --short --exit-code -w --watch --json -C --color --debug -h --help' -- "$cur") ;;
      'push') mapfile -t COMPREPLY < <(compgen -W '--timeout --once --json -C --color --debug -h --help' -- "$cur") ;;
      'pull') mapfile -t COMPREPLY < <(compgen -W '--timeout --once --json -C --color --debug -h --help' -- "$cur") ;;
      'sync') mapfile -t COMPREPLY < <(compgen -W '--timeout --once --json -C --color --debug -h --help' -- "$cur") ;;
      'resolve') mapfile -t COMPREPLY < <(compgen -W '--ours --theirs --both --merge --tool --json -C --color --debug -h --help' -- "$cur") ;;
      'guard show') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'guard approve') mapfile -t COMPREPLY < <(compgen -W '--id --json -C --color --debug -h --help' -- "$cur") ;;
      'guard reject') mapfile -t COMPREPLY < <(compgen -W '--id --json -C --color --debug -h --help' -- "$cur") ;;
      'pause') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'resume') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'wait') mapfile -t COMPREPLY < <(compgen -W '--timeout --until --json -C --color --debug -h --help' -- "$cur") ;;
      'why') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'events') mapfile -t COMPREPLY < <(compgen -W '-f --follow --json -C --color --debug -h --help' -- "$cur") ;;
      'prompt') mapfile -t COMPREPLY < <(compgen -W '--shell --json -C --color --debug -h --help' -- "$cur") ;;
      'verify') mapfile -t COMPREPLY < <(compgen -W '--server --json -C --color --debug -h --help' -- "$cur") ;;
      'doctor') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'log') mapfile -t COMPREPLY < <(compgen -W '-n --number --since --stat -f --follow --json -C --color --debug -h --help' -- "$cur") ;;
      'ls') mapfile -t COMPREPLY < <(compgen -W '--remote --deleted --json -C --color --debug -h --help' -- "$cur") ;;
      'show') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'diff') mapfile -t COMPREPLY < <(compgen -W '--version --at --stat --json -C --color --debug -h --help' -- "$cur") ;;
      'restore') mapfile -t COMPREPLY < <(compgen -W '--version --at --to --dry-run --json -C --color --debug -h --help' -- "$cur") ;;
      'undo') mapfile -t COMPREPLY < <(compgen -W '--dry-run --json -C --color --debug -h --help' -- "$cur") ;;
      'config list') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'config get') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'config set') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'config unset') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'completion') mapfile -t COMPREPLY < <(compgen -W '-C --color --debug -h --help' -- "$cur") ;;
      'daemon run') mapfile -t COMPREPLY < <(compgen -W '-C --color --debug -h --help' -- "$cur") ;;
      'daemon start') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'daemon stop') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'daemon restart') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'daemon status') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'daemon logs') mapfile -t COMPREPLY < <(compgen -W '-n --number -f --follow --json -C --color --debug -h --help' -- "$cur") ;;
      'daemon install') mapfile -t COMPREPLY < <(compgen -W '--write-only --json -C --color --debug -h --help' -- "$cur") ;;
      'daemon uninstall') mapfile -t COMPREPLY < <(compgen -W '--json -C --color --debug -h --help' -- "$cur") ;;
      'server start') mapfile -t COMPREPLY < <(compgen -W '--host --port --data-dir --database-url --database-pool --database-timeout-ms --redis-url --redis-prefix --tls-cert --tls-key --role --registration --quota-bytes --retention-days --gc-grace-days --delete-delay-hours --trusted-proxies --allowed-origins --metrics --log-level --migrate --rate-limits --rate-factor --rate-loopback-factor --drain-ms --max-connections -C --color --debug -h --help' -- "$cur") ;;
      'server migrate') mapfile -t COMPREPLY < <(compgen -W '--data-dir --database-url -C --color --debug -h --help' -- "$cur") ;;
      'server gc') mapfile -t COMPREPLY < <(compgen -W '--data-dir --database-url --log-level --retention-days --gc-grace-days --delete-delay-hours --dry-run --json -C --color --debug -h --help' -- "$cur") ;;
      'server check') mapfile -t COMPREPLY < <(compgen -W '--data-dir --database-url --log-level --read-data --json -C --color --debug -h --help' -- "$cur") ;;
      'server backup') mapfile -t COMPREPLY < <(compgen -W '--data-dir --database-url --log-level --json -C --color --debug -h --help' -- "$cur") ;;
      'server restore') mapfile -t COMPREPLY < <(compgen -W '--data-dir --database-url --log-level --json -C --color --debug -h --help' -- "$cur") ;;
      'server user') mapfile -t COMPREPLY < <(compgen -W '--data-dir --database-url --log-level --yes --json -C --color --debug -h --help' -- "$cur") ;;
      *) mapfile -t COMPREPLY < <(compgen -W '-C --color --debug -h --help -V --version' -- "$cur") ;;
    esac
    return
  fi

  case "$command:$position" in
    :*) mapfile -t COMPREPLY < <(compgen -W 'register login logout whoami init clone vaults detach ignore check-ignore share unshare members status push pull sync resolve pause resume wait why events prompt verify doctor log ls show diff restore undo completion guard device token config daemon vault server help' -- "$cur") ;;
    device:*) mapfile -t COMPREPLY < <(compgen -W 'list rename revoke' -- "$cur") ;;
    token:*) mapfile -t COMPREPLY < <(compgen -W 'create list revoke' -- "$cur") ;;
    vault:*) mapfile -t COMPREPLY < <(compgen -W 'delete' -- "$cur") ;;
    guard:*) mapfile -t COMPREPLY < <(compgen -W 'show approve reject' -- "$cur") ;;
    config:*) mapfile -t COMPREPLY < <(compgen -W 'list get set unset' -- "$cur") ;;
    daemon:*) mapfile -t COMPREPLY < <(compgen -W 'run start stop restart status logs install uninstall' -- "$cur") ;;
    server:*) mapfile -t COMPREPLY < <(compgen -W 'start migrate gc check backup restore user' -- "$cur") ;;
    'device rename':0) _fsync_ask device; ;;
    'device revoke':0) _fsync_ask device; ;;
    'init':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'clone':0) _fsync_ask vault; ;;
    'clone':1) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'detach':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'vault delete':0) _fsync_ask vault; ;;
    'ignore':*) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'check-ignore':*) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'status':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'push':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'pull':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'sync':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'resolve':*) compopt -o filenames; _fsync_ask conflict; ;;
    'guard show':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'guard approve':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'guard reject':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'pause':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'resume':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'wait':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'why':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'events':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'verify':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'log':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'ls':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'show':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); _fsync_ask path-version; ;;
    'diff':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'restore':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); _fsync_ask deleted; ;;
    'undo':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'config get':0) mapfile -t COMPREPLY < <(compgen -W 'sync.debounce sync.head-poll scan.interval guard.files guard.percent conflict.strategy watch.engine workers.count transfer.upload-limit transfer.download-limit network.timeout network.websocket network.ca-file log.level log.max-size' -- "$cur"); ;;
    'config set':0) mapfile -t COMPREPLY < <(compgen -W 'sync.debounce sync.head-poll scan.interval guard.files guard.percent conflict.strategy watch.engine workers.count transfer.upload-limit transfer.download-limit network.timeout network.websocket network.ca-file log.level log.max-size' -- "$cur"); ;;
    'config unset':0) mapfile -t COMPREPLY < <(compgen -W 'sync.debounce sync.head-poll scan.interval guard.files guard.percent conflict.strategy watch.engine workers.count transfer.upload-limit transfer.download-limit network.timeout network.websocket network.ca-file log.level log.max-size' -- "$cur"); ;;
    'completion':0) mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- "$cur"); ;;
    'server backup':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'server restore':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'server user':0) mapfile -t COMPREPLY < <(compgen -W 'list disable enable quota delete' -- "$cur"); ;;
  esac
}

complete -F _fsync fsync
