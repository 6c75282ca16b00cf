# bash completion for fsync. Generated from the command table: do not edit.

_fsync() {
  local cur prev words cword command='' position=0 index
  cur=${COMP_WORDS[COMP_CWORD]}
  prev=${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()

  # The words before the cursor that are neither options nor their values.
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "${COMP_WORDS[index]}" in
      --server|--user|--device|--ca-file|--vault|--expires|--name|--confirm|--timeout|--tool|--id|--until|-n|--number|--since|--version|--at|--to|--host|--port|--data-dir|--database-url|--database-pool|--redis-url|--redis-prefix|--tls-cert|--tls-key|--role|--registration|--quota-bytes|--retention-days|--gc-grace-days|--delete-delay-hours|--trusted-proxies|--allowed-origins|--metrics|--log-level|--migrate|--rate-limits|--rate-factor|--rate-loopback-factor|--drain-ms|--max-connections|--yes|-C|--color) ((index++)) ;;
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
    'push':--timeout)  return ;;
    'pull':--timeout)  return ;;
    'sync':--timeout)  return ;;
    'resolve':--tool)  return ;;
    'guard approve':--id)  return ;;
    'guard reject':--id)  return ;;
    'wait':--timeout)  return ;;
    'wait':--until) COMPREPLY=($(compgen -W 'synced uploaded' -- "$cur")); return ;;
    'log':-n | 'log':--number)  return ;;
    'log':--since)  return ;;
    'diff':--version)  return ;;
    'diff':--at)  return ;;
    'restore':--version)  return ;;
    'restore':--at)  return ;;
    'restore':--to) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    'daemon logs':-n | 'daemon logs':--number)  return ;;
    'server start':--host)  return ;;
    'server start':--port)  return ;;
    'server start':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server start':--database-url)  return ;;
    'server start':--database-pool)  return ;;
    'server start':--redis-url)  return ;;
    'server start':--redis-prefix)  return ;;
    'server start':--tls-cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    'server start':--tls-key) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    'server start':--role) COMPREPLY=($(compgen -W 'all api ws worker' -- "$cur")); return ;;
    'server start':--registration) COMPREPLY=($(compgen -W 'open closed' -- "$cur")); return ;;
    'server start':--quota-bytes)  return ;;
    'server start':--retention-days)  return ;;
    'server start':--gc-grace-days)  return ;;
    'server start':--delete-delay-hours)  return ;;
    'server start':--trusted-proxies)  return ;;
    'server start':--allowed-origins)  return ;;
    'server start':--metrics) COMPREPLY=($(compgen -W 'local open off' -- "$cur")); return ;;
    'server start':--log-level) COMPREPLY=($(compgen -W 'debug info warn error silent' -- "$cur")); return ;;
    'server start':--migrate) COMPREPLY=($(compgen -W 'auto check' -- "$cur")); return ;;
    'server start':--rate-limits) COMPREPLY=($(compgen -W 'on off' -- "$cur")); return ;;
    'server start':--rate-factor)  return ;;
    'server start':--rate-loopback-factor)  return ;;
    'server start':--drain-ms)  return ;;
    'server start':--max-connections)  return ;;
    'server migrate':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server migrate':--database-url)  return ;;
    'server gc':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server gc':--database-url)  return ;;
    'server gc':--log-level) COMPREPLY=($(compgen -W 'debug info warn error silent' -- "$cur")); return ;;
    'server gc':--retention-days)  return ;;
    'server gc':--gc-grace-days)  return ;;
    'server gc':--delete-delay-hours)  return ;;
    'server check':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server check':--database-url)  return ;;
    'server check':--log-level) COMPREPLY=($(compgen -W 'debug info warn error silent' -- "$cur")); return ;;
    'server backup':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server backup':--database-url)  return ;;
    'server backup':--log-level) COMPREPLY=($(compgen -W 'debug info warn error silent' -- "$cur")); return ;;
    'server restore':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server restore':--database-url)  return ;;
    'server restore':--log-level) COMPREPLY=($(compgen -W 'debug info warn error silent' -- "$cur")); return ;;
    'server user':--data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    'server user':--database-url)  return ;;
    'server user':--log-level) COMPREPLY=($(compgen -W 'debug info warn error silent' -- "$cur")); return ;;
    'server user':--yes)  return ;;
    *:-C) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    *:--color) COMPREPLY=($(compgen -W 'auto always never' -- "$cur")); return ;;
  esac

  if [[ $cur == -* ]]; then
    case "$command" in
      'register') COMPREPLY=($(compgen -W '--server --user --device --password-stdin --ca-file --insecure-key-file --json -C --color --debug -h --help' -- "$cur")) ;;
      'login') COMPREPLY=($(compgen -W '--server --user --device --password-stdin --ca-file --insecure-key-file --json -C --color --debug -h --help' -- "$cur")) ;;
      'logout') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'whoami') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'device list') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'device rename') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'device revoke') COMPREPLY=($(compgen -W '-y --yes --json -C --color --debug -h --help' -- "$cur")) ;;
      'token create') COMPREPLY=($(compgen -W '--vault --write --expires --json -C --color --debug -h --help' -- "$cur")) ;;
      'token list') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'token revoke') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'init') COMPREPLY=($(compgen -W '--name --json -C --color --debug -h --help' -- "$cur")) ;;
      'clone') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'vaults') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'detach') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'vault delete') COMPREPLY=($(compgen -W '--confirm --json -C --color --debug -h --help' -- "$cur")) ;;
      'ignore') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'check-ignore') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'status') COMPREPLY=($(compgen -W '-s --short --exit-code -w --watch --json -C --color --debug -h --help' -- "$cur")) ;;
      'push') COMPREPLY=($(compgen -W '--timeout --json -C --color --debug -h --help' -- "$cur")) ;;
      'pull') COMPREPLY=($(compgen -W '--timeout --json -C --color --debug -h --help' -- "$cur")) ;;
      'sync') COMPREPLY=($(compgen -W '--timeout --once --json -C --color --debug -h --help' -- "$cur")) ;;
      'resolve') COMPREPLY=($(compgen -W '--ours --theirs --both --merge --tool --json -C --color --debug -h --help' -- "$cur")) ;;
      'guard show') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'guard approve') COMPREPLY=($(compgen -W '--id --json -C --color --debug -h --help' -- "$cur")) ;;
      'guard reject') COMPREPLY=($(compgen -W '--id --json -C --color --debug -h --help' -- "$cur")) ;;
      'pause') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'resume') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'wait') COMPREPLY=($(compgen -W '--timeout --until --json -C --color --debug -h --help' -- "$cur")) ;;
      'why') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'events') COMPREPLY=($(compgen -W '-f --follow --json -C --color --debug -h --help' -- "$cur")) ;;
      'prompt') COMPREPLY=($(compgen -W '--shell --json -C --color --debug -h --help' -- "$cur")) ;;
      'verify') COMPREPLY=($(compgen -W '--server --json -C --color --debug -h --help' -- "$cur")) ;;
      'doctor') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'log') COMPREPLY=($(compgen -W '-n --number --since --stat -f --follow --json -C --color --debug -h --help' -- "$cur")) ;;
      'ls') COMPREPLY=($(compgen -W '--remote --deleted --json -C --color --debug -h --help' -- "$cur")) ;;
      'show') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'diff') COMPREPLY=($(compgen -W '--version --at --stat --json -C --color --debug -h --help' -- "$cur")) ;;
      'restore') COMPREPLY=($(compgen -W '--version --at --to --dry-run --json -C --color --debug -h --help' -- "$cur")) ;;
      'undo') COMPREPLY=($(compgen -W '--dry-run --json -C --color --debug -h --help' -- "$cur")) ;;
      'config list') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'config get') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'config set') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'config unset') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'completion') COMPREPLY=($(compgen -W '-C --color --debug -h --help' -- "$cur")) ;;
      'daemon run') COMPREPLY=($(compgen -W '-C --color --debug -h --help' -- "$cur")) ;;
      'daemon start') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'daemon stop') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'daemon restart') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'daemon status') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'daemon logs') COMPREPLY=($(compgen -W '-n --number -f --follow --json -C --color --debug -h --help' -- "$cur")) ;;
      'daemon install') COMPREPLY=($(compgen -W '--write-only --json -C --color --debug -h --help' -- "$cur")) ;;
      'daemon uninstall') COMPREPLY=($(compgen -W '--json -C --color --debug -h --help' -- "$cur")) ;;
      'server start') COMPREPLY=($(compgen -W '--host --port --data-dir --database-url --database-pool --redis-url --redis-prefix --tls-cert --tls-key --role --registration --quota-bytes --retention-days --gc-grace-days --delete-delay-hours --trusted-proxies --allowed-origins --metrics --log-level --migrate --rate-limits --rate-factor --rate-loopback-factor --drain-ms --max-connections -C --color --debug -h --help' -- "$cur")) ;;
      'server migrate') COMPREPLY=($(compgen -W '--data-dir --database-url -C --color --debug -h --help' -- "$cur")) ;;
      'server gc') COMPREPLY=($(compgen -W '--data-dir --database-url --log-level --retention-days --gc-grace-days --delete-delay-hours --dry-run --json -C --color --debug -h --help' -- "$cur")) ;;
      'server check') COMPREPLY=($(compgen -W '--data-dir --database-url --log-level --read-data --json -C --color --debug -h --help' -- "$cur")) ;;
      'server backup') COMPREPLY=($(compgen -W '--data-dir --database-url --log-level --json -C --color --debug -h --help' -- "$cur")) ;;
      'server restore') COMPREPLY=($(compgen -W '--data-dir --database-url --log-level --json -C --color --debug -h --help' -- "$cur")) ;;
      'server user') COMPREPLY=($(compgen -W '--data-dir --database-url --log-level --yes --json -C --color --debug -h --help' -- "$cur")) ;;
      *) COMPREPLY=($(compgen -W '-C --color --debug -h --help -V --version' -- "$cur")) ;;
    esac
    return
  fi

  case "$command:$position" in
    :*) COMPREPLY=($(compgen -W 'register login logout whoami init clone vaults detach ignore check-ignore status push pull sync resolve pause resume wait why events prompt verify doctor log ls show diff restore undo completion guard device token config daemon vault server help' -- "$cur")) ;;
    device:*) COMPREPLY=($(compgen -W 'list rename revoke' -- "$cur")) ;;
    token:*) COMPREPLY=($(compgen -W 'create list revoke' -- "$cur")) ;;
    vault:*) COMPREPLY=($(compgen -W 'delete' -- "$cur")) ;;
    guard:*) COMPREPLY=($(compgen -W 'show approve reject' -- "$cur")) ;;
    config:*) COMPREPLY=($(compgen -W 'list get set unset' -- "$cur")) ;;
    daemon:*) COMPREPLY=($(compgen -W 'run start stop restart status logs install uninstall' -- "$cur")) ;;
    server:*) COMPREPLY=($(compgen -W 'start migrate gc check backup restore user' -- "$cur")) ;;
    'init':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'clone':1) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'detach':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'ignore':*) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'check-ignore':*) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'status':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'push':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'pull':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'sync':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'resolve':*) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
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
    'show':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'diff':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'restore':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); ;;
    'undo':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'config get':0) COMPREPLY=($(compgen -W 'sync.debounce sync.head-poll scan.interval guard.files guard.percent watch.engine workers.count network.timeout network.websocket network.ca-file log.level log.max-size' -- "$cur")); ;;
    'config set':0) COMPREPLY=($(compgen -W 'sync.debounce sync.head-poll scan.interval guard.files guard.percent watch.engine workers.count network.timeout network.websocket network.ca-file log.level log.max-size' -- "$cur")); ;;
    'config unset':0) COMPREPLY=($(compgen -W 'sync.debounce sync.head-poll scan.interval guard.files guard.percent watch.engine workers.count network.timeout network.websocket network.ca-file log.level log.max-size' -- "$cur")); ;;
    'completion':0) COMPREPLY=($(compgen -W 'bash zsh fish' -- "$cur")); ;;
    'server backup':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'server restore':0) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); ;;
    'server user':0) COMPREPLY=($(compgen -W 'list disable enable quota delete' -- "$cur")); ;;
  esac
}

complete -F _fsync fsync
