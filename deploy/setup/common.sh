# Sourced by the launcher and by every script in this folder: strict mode, one line per step, errors that say what to do.
# Progress and errors go to stderr; stdout belongs to the results of a command.
# shellcheck shell=bash disable=SC2034
set -euo pipefail

readonly EXIT_FAILED=1 EXIT_USAGE=2 EXIT_UNAVAILABLE=3
# Whatever the environment says: a script belongs to the clone that it lies in.
INGEST_HOME=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
LOCAL_DIR=$INGEST_HOME/.local
export INGEST_HOME

if [[ -t 2 && -z ${NO_COLOR:-} ]]; then
  readonly DIM=$'\e[2m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
  readonly DIM='' RED='' PLAIN=''
fi

# Microseconds; EPOCHREALTIME follows the locale's decimal sign, hence the two patterns.
now_us() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }
STEP_STARTED=$(now_us)

# begin: a step starts here. done_step TEXT: it ended; prints its time.
begin() { STEP_STARTED=$(now_us); }
done_step() {
  local tenths=$((($(now_us) - STEP_STARTED) / 100000))
  printf '%s[%5d.%d s]%s %s\n' "$DIM" $((tenths / 10)) $((tenths % 10)) "$PLAIN" "$1" >&2
  begin
}
note() { printf '%12s%s\n' '' "$1" >&2; }

# fail CODE WHAT [NEXT...]: what happened, then what to do about it, one line each.
fail() {
  local code=$1 what=$2 line
  shift 2
  printf '%serror:%s %s\n' "$RED" "$PLAIN" "$what" >&2
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit "$code"
}

# with_lock FILE COMMAND...: one process at a time; the others wait. What may outlive the command is started with 9>&-,
# or it would hold the lock.
with_lock() {
  local file=$1
  shift
  { mkdir -p -- "$(dirname -- "$file")" && exec 9>"$file"; } 2>/dev/null ||
    fail $EXIT_UNAVAILABLE "$(id -un) may not write $file" "Run this as the owner of the folder, or from a clone of your own"
  flock -w 900 9 || fail $EXIT_FAILED "another set-up has held $file for 15 minutes" "See what holds it: fuser -v $file"
  "$@"
  exec 9>&-
}

# install_debian PURPOSE PACKAGE...: installs what is missing, as root; otherwise says what is.
install_debian() {
  local purpose=$1 package missing=()
  shift
  for package in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  local command="apt-get install -y --no-install-recommends ${missing[*]}"
  [[ $EUID == 0 ]] || fail $EXIT_UNAVAILABLE "$purpose needs Debian packages that are not installed: ${missing[*]}" "As root: $command"
  begin
  local log=$LOCAL_DIR/apt.log
  mkdir -p "$LOCAL_DIR"
  # 'update' first: an image without package lists knows none of them.
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive $command -qq; } >"$log" 2>&1 </dev/null ||
    fail $EXIT_UNAVAILABLE "could not install ${missing[*]}: $(grep -m1 '^E:' "$log" || tail -n 1 "$log")" "$purpose needs them. Try: $command" "Log: $log"
  done_step "Debian: installed ${missing[*]}"
}
