# Shared by the counterparts: real servers that tests talk to. Source it, do not run it.
# Each answers to  NAME install | start DIR | stop DIR  and keeps everything under DIR; `start` prints KEY=VALUE lines.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

free_port() {
  python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# need_apt PACKAGE:COMMAND ... installs the packages whose command is missing; RUNLEVEL=1 keeps Debian from starting daemons.
need_apt() {
  local want=() each as_root=()
  for each in "$@"; do command -v "${each#*:}" >/dev/null 2>&1 || want+=("${each%%:*}"); done
  [ ${#want[@]} -eq 0 ] && return 0
  say "installing from Debian: ${want[*]}"
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  local apt=("${as_root[@]}" env RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3)
  "${apt[@]}" update >&2
  "${apt[@]}" install -y --no-install-recommends "${want[@]}" >&2
}

# spawn DIR NAME COMMAND... starts a process in its own group; its log is DIR/NAME.log, its id is in DIR/pids.
spawn() {
  local dir=$1 name=$2; shift 2
  setsid "$@" >"$dir/$name.log" 2>&1 </dev/null &
  printf '%s\n' "$!" >>"$dir/pids"
}

# wait_for SECONDS DIR COMMAND... until the command succeeds; says what the logs say when it never does.
wait_for() {
  local end=$((SECONDS + $1)) dir=$2; shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { tail -n 20 "$dir"/*.log >&2; stop_all "$dir"; die "not ready in time: $*"; }
    sleep 0.2
  done
}

# stop_all DIR ends exactly what `spawn` began there: INT first (PostgreSQL's fast shutdown), KILL after five seconds.
stop_all() {
  local dir=$1 pid
  [ -f "$dir/pids" ] || return 0
  while read -r pid; do kill -INT "$pid" 2>/dev/null || true; done <"$dir/pids"
  for _ in $(seq 50); do
    while read -r pid; do kill -0 "$pid" 2>/dev/null && { sleep 0.1; continue 2; }; done <"$dir/pids"
    break
  done
  while read -r pid; do kill -KILL -- "-$pid" 2>/dev/null || true; done <"$dir/pids"
  rm -f "$dir/pids"
}

# dispatch "$@" calls install_it or start_it DIR of the script that sourced this file.
dispatch() {
  local verb=${1:-} dir=${2:-}
  case $verb in
    install) install_it ;;
    start) mkdir -p "${dir:?start DIR}"; [ ! -f "$dir/pids" ] || die "$dir holds a running one already"; start_it "$dir" ;;
    stop) stop_all "${dir:?stop DIR}" ;;
    *) die "usage: $(basename "$0") install | start DIR | stop DIR" ;;
  esac
}
