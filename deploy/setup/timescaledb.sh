#!/usr/bin/env bash
# A real TimescaleDB from Debian's packages, unpacked into a private folder and run by chroot: nothing is installed on
# the host. One tree, any number of servers ("instances") in it, each with its own data folder and port.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
SETUP_DIR=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
readonly SETUP_DIR PG=/usr/lib/postgresql/17/bin
source "$SETUP_DIR/common.sh"
export LC_ALL=C.UTF-8 # messages of other programs are read below
source "$SETUP_DIR/timescaledb-tree.sh"

readonly DEFAULT_PORT=54329
readonly FIRST_PORT=20432 LAST_PORT=20931 # below the ephemeral range: no client or broker takes a stopped server's port by chance
readonly START_TIMEOUT_S=60 STOP_TIMEOUT_S=30

usage() {
  cat <<TXT
usage: timescaledb.sh COMMAND [--dir NAME] [--port PORT] [--shared-buffers SIZE]
  install   unpack the server, once for all instances
  start     create the instance where it does not exist, start it, wait until it answers
  stop      fast shutdown
  restart   stop, then start
  kill      SIGKILL, as a crash would
  status    print state, port, pid and env file; exit code 3 where it does not run
  remove    stop the instance and delete its data (needs --dir)

  --dir NAME             the instance: letters, digits, - and _ (default: default)
  --port PORT            default: the port it had, else $DEFAULT_PORT or a free one
  --shared-buffers SIZE  default: 512MB for the instance 'default', 128MB for others
TXT
}

# ---- what runs ----

# Every process of a server has its data folder as working directory; that tells it from any other server's.
instance_pids() {
  find /proc/[0-9]*/cwd -maxdepth 0 -printf '%h\t%l\n' 2>/dev/null |
    awk -F '\t' -v data="$DATA" '$2 == data { sub("/proc/", "", $1); print $1 }' || true
}

# The postmaster's pid; nothing where it does not run, whatever a stale postmaster.pid says.
postmaster_pid() {
  local pid=''
  [[ ! -r $DATA/postmaster.pid ]] || read -r pid <"$DATA/postmaster.pid" || true
  [[ -z $pid || $(readlink "/proc/$pid/cwd") != "$DATA" ]] || printf '%s' "$pid"
}

wait_gone() { # SECONDS
  local deadline=$((SECONDS + $1))
  while [[ -n $(instance_pids) ]]; do
    ((SECONDS < deadline)) || return 1
    sleep 0.05
  done
}

kill_all() {
  local pids pid
  pid=$(postmaster_pid)
  # The postmaster first, so that it starts nothing new.
  [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null || true
  mapfile -t pids < <(instance_pids)
  kill -KILL "${pids[@]}" 2>/dev/null || true
  wait_gone 10 || fail $EXIT_FAILED "TimescaleDB $NAME: processes outlive SIGKILL: $(instance_pids | tr '\n' ' ')" "Look for a hanging disk: dmesg | tail"
}

# ---- its settings ----

read_env() {
  PORT='' PASSWORD=''
  [[ -r $ENV_FILE ]] || return 0
  local key value
  while IFS='=' read -r key value; do
    case $key in
      TIMESCALE_PORT) PORT=$value ;;
      TIMESCALE_PASSWORD) PASSWORD=$value ;;
    esac
  done <"$ENV_FILE"
}

write_env() {
  (umask 077 && printf 'TIMESCALE_%s\n' HOST=127.0.0.1 "PORT=$PORT" USER=ingest "PASSWORD=$PASSWORD" DB=ingest >"$ENV_FILE.new")
  mv -f -- "$ENV_FILE.new" "$ENV_FILE"
}

# ---- create, start, stop ----

# Single-user mode needs neither a port nor waiting. It exits 0 after an error, hence the look at its output.
single_user() { # DATABASE STATEMENT
  local output
  output=$(printf '%s\n' "$2" | "${ENTER[@]}" $PG/postgres --single -D "$INSIDE/data.new" "$1" 2>&1) || output+=$'\nFATAL'
  ! grep -qE 'ERROR|FATAL|PANIC' <<<"$output" ||
    fail $EXIT_UNAVAILABLE "TimescaleDB $NAME: '$2' failed: $(tail -n 1 <<<"$output")" "Delete $INSTANCE and try again"
}

create_instance() {
  local log=$INSTANCE/log
  begin
  rm -rf -- "$INSTANCE/data.new"
  mkdir -p "$INSTANCE"
  PASSWORD=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
  (umask 077 && printf '%s\n' "$PASSWORD" >"$INSTANCE/password")
  chown -R $SERVER_ID:$SERVER_ID "$INSTANCE"
  "${ENTER[@]}" $PG/initdb -D "$INSIDE/data.new" -U ingest -A scram-sha-256 --pwfile="$INSIDE/password" -E UTF8 \
    --locale=C --locale-provider=builtin --builtin-locale=C.UTF-8 \
    --set shared_preload_libraries=timescaledb --set timescaledb.telemetry_level=off --set jit=off \
    --set listen_addresses=127.0.0.1 --set unix_socket_directories="$INSIDE" --set dynamic_shared_memory_type=sysv \
    --set max_connections=200 --set max_worker_processes=64 --set timescaledb.max_background_workers=32 \
    --set max_wal_size=4GB --set timezone=UTC --set log_timezone=UTC \
    --set shared_buffers="$SHARED_BUFFERS" >"$log" 2>&1 </dev/null ||
    fail $EXIT_UNAVAILABLE "TimescaleDB $NAME: no database cluster could be made: $(tail -n 1 "$log")" "See $log, and what is free: df -h $BASE"
  rm -f -- "$INSTANCE/password"
  # In template1 the extension is in every database made later.
  single_user template1 'CREATE EXTENSION timescaledb'
  single_user postgres 'CREATE DATABASE ingest'
  mv -- "$INSTANCE/data.new" "$DATA"
  write_env
  done_step "TimescaleDB: created instance $NAME"
}

# Starts the server on $PORT and waits for its own socket to answer, so that a foreign server on the port is not
# mistaken for it. 0: it answers; 1: the port is taken; other failures end the script.
launch() {
  local log=$INSTANCE/log deadline=$((SECONDS + START_TIMEOUT_S)) server
  [[ ! -s $log || $(stat -c %s "$log") -lt 16777216 ]] || mv -f -- "$log" "$log.1"
  printf -- '---- start on port %s\n' "$PORT" >>"$log"
  setsid "${ENTER[@]}" $PG/postgres -D "$INSIDE/data" -p "$PORT" ${BUFFERS_OPTION[@]+"${BUFFERS_OPTION[@]}"} </dev/null >>"$log" 2>&1 9>&- &
  server=$!
  until "${ENTER[@]}" $PG/pg_isready -q -h "$INSIDE" -p "$PORT"; do
    if ! kill -0 "$server" 2>/dev/null; then
      tac "$log" | sed '/^---- start/q' | grep -q 'could not create any TCP/IP sockets' && return 1
      fail $EXIT_UNAVAILABLE "TimescaleDB $NAME does not start: $(grep -E 'FATAL|PANIC' "$log" | tail -n 1)" "See $log"
    fi
    ((SECONDS < deadline)) ||
      fail $EXIT_UNAVAILABLE "TimescaleDB $NAME (pid $server) does not answer after $START_TIMEOUT_S s" \
        "It may be recovering after a crash: see $log, and run this again"
    sleep 0.05
  done
  disown "$server"
}

# Ports that other instances of this tree had, running or not, are theirs. In random order, so that another checkout's
# servers hardly ever take the port of one that is stopped for a moment.
candidate_ports() {
  [[ $NAME != default ]] || echo $DEFAULT_PORT
  shuf -i $FIRST_PORT-$LAST_PORT | grep -vxF -f <(sed -n 's/^TIMESCALE_PORT=//p' "$BASE"/*.env 2>/dev/null || true) || true
}

start_instance() {
  local remembered
  read_env
  if [[ -n $(postmaster_pid) ]]; then
    remembered=$PORT PORT=$(sed -n 4p "$DATA/postmaster.pid")
    [[ $PORT == "$remembered" ]] || write_env # an interrupted start did not get that far
    [[ -z $WANTED_PORT || $WANTED_PORT == "$PORT" ]] ||
      fail $EXIT_USAGE "TimescaleDB $NAME runs on port $PORT already" "Stop it first to move it to $WANTED_PORT: timescaledb.sh stop --dir $NAME"
    return 0
  fi
  if [[ -d $DATA && -z $PASSWORD ]]; then
    fail $EXIT_UNAVAILABLE "TimescaleDB $NAME has data but its settings $ENV_FILE are gone" "Restore that file, or delete the data: timescaledb.sh remove --dir $NAME"
  fi
  [[ -d $DATA ]] || create_instance
  begin
  # Backends that outlive a killed postmaster hold its shared memory for a moment. Once they are gone its lock files
  # mean nothing, but the server would respect them while its old pid is a zombie or another program's.
  wait_gone 5 || kill_all
  rm -f -- "$DATA/postmaster.pid" "$INSTANCE"/.s.PGSQL.*
  remembered=$PORT
  for PORT in ${WANTED_PORT:-$remembered $(candidate_ports)}; do
    launch || continue
    [[ -z $remembered || $PORT == "$remembered" || -n $WANTED_PORT ]] || note "TimescaleDB: port $remembered of instance $NAME is taken by another program"
    [[ $PORT == "$remembered" ]] || write_env
    done_step "TimescaleDB: instance $NAME answers on 127.0.0.1:$PORT"
    return 0
  done
  fail $EXIT_UNAVAILABLE "TimescaleDB $NAME: port ${WANTED_PORT:-$FIRST_PORT to $LAST_PORT}: taken by another program" \
    "Find it with 'ss -ltnp', or choose another port: timescaledb.sh start --dir $NAME --port PORT"
}

stop_instance() {
  local pid
  pid=$(postmaster_pid)
  begin
  if [[ -z $pid ]]; then
    wait_gone 5 || kill_all
    return 0
  fi
  kill -INT "$pid" 2>/dev/null || true # fast shutdown: connections end, everything is on disk
  wait_gone $STOP_TIMEOUT_S ||
    fail $EXIT_FAILED "TimescaleDB $NAME (pid $pid) has not stopped after $STOP_TIMEOUT_S s" "See $INSTANCE/log" "Or end it by force: timescaledb.sh kill --dir $NAME"
  done_step "TimescaleDB: stopped instance $NAME"
}

kill_instance() {
  begin
  [[ -n $(instance_pids) ]] || return 0
  kill_all
  done_step "TimescaleDB: killed instance $NAME"
}

status_instance() {
  local pid state=running
  read_env
  pid=$(postmaster_pid)
  [[ -n $pid ]] || state=stopped
  [[ -d $DATA ]] || state=absent
  printf '%s\n' "instance=$NAME" "state=$state" "port=$PORT" "pid=$pid" "env=$ENV_FILE"
  [[ $state == running ]] || exit $EXIT_UNAVAILABLE
}

remove_instance() {
  stop_instance
  rm -rf -- "$INSTANCE" "$ENV_FILE"
  done_step "TimescaleDB: removed instance $NAME"
}

# ---- command line ----

usage_error() {
  usage >&2
  fail $EXIT_USAGE "$1" "See the usage above"
}

COMMAND=${1:-} NAME=default NAMED='' WANTED_PORT='' SHARED_BUFFERS='' BUFFERS_OPTION=()
[[ $# -eq 0 ]] || shift
while (($#)); do
  case $1 in
    -h | --help) COMMAND=--help && break ;;
    --dir | --port | --shared-buffers) [[ -n ${2:-} ]] || usage_error "$1 needs a value" ;;&
    --dir) NAME=$2 NAMED=yes ;;
    --port) WANTED_PORT=$2 ;;
    --shared-buffers) SHARED_BUFFERS=$2 BUFFERS_OPTION=(-c "shared_buffers=$2") ;;
    *) usage_error "unknown option '$1'" ;;
  esac
  shift 2
done
[[ $NAME =~ ^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$ ]] || usage_error "'$NAME' is no name for an instance"
[[ -z $WANTED_PORT ]] || { [[ $WANTED_PORT =~ ^[0-9]{1,5}$ ]] && ((WANTED_PORT >= 1 && WANTED_PORT <= 65535)); } || usage_error "'$WANTED_PORT' is no port"
[[ -n $SHARED_BUFFERS ]] || { [[ $NAME == default ]] && SHARED_BUFFERS=512MB || SHARED_BUFFERS=128MB; }

BASE=$(readlink -m -- "${INGEST_TIMESCALEDB_DIR:-$LOCAL_DIR/timescaledb}")
TREE=$BASE/root INSIDE=/instances/$NAME
INSTANCE=$TREE$INSIDE
DATA=$INSTANCE/data ENV_FILE=$BASE/$NAME.env
enter "$TREE"
readonly BASE TREE INSIDE INSTANCE DATA ENV_FILE

on_instance() { with_lock "$BASE/$NAME.lock" "$@"; }
restart_instance() {
  stop_instance
  start_instance
}

case $COMMAND in
  install | start | stop | restart | kill | status | remove) require_platform ;;&
  install) with_lock "$BASE/install.lock" install_tree ;;
  start | restart)
    with_lock "$BASE/install.lock" install_tree
    on_instance "${COMMAND}_instance"
    ;;
  stop | kill) on_instance "${COMMAND}_instance" ;;
  status) status_instance ;;
  remove)
    [[ -n $NAMED ]] || usage_error "remove deletes data: name the instance with --dir"
    on_instance remove_instance
    ;;
  -h | --help | help) usage ;;
  *) usage_error "unknown command '$COMMAND'" ;;
esac
