# Sourced by the launcher: builds what a command needs, where its sources have changed since the last build.
# shellcheck shell=bash

readonly CLI=$INGEST_HOME/src/OrleansIngest.Cli/bin/Release/net10.0/ingest.dll

no_dotnet() {
  fail "$EXIT_UNAVAILABLE" "the .NET SDK 10 is needed: $1" "Install it (https://dotnet.microsoft.com/download), and see that 'dotnet --version' prints 10 or more"
}

# The projects that a command needs. The app is built without its tests, so that the first demo is quick.
projects() { # app|test|bench
  local all=OrleansIngest.Standalone.slnf
  [[ $INGEST_ORLEANS != present ]] || all=OrleansIngest.sln
  case $1 in
    test) echo "$all" ;;
    bench)
      echo src/OrleansIngest.Cli src/OrleansIngest.Standalone bench/OrleansIngest.Bench
      [[ $INGEST_ORLEANS != present ]] || echo src/OrleansIngest.Silo bench/OrleansIngest.Bench.Silo
      ;;
    app)
      echo src/OrleansIngest.Cli src/OrleansIngest.Standalone
      [[ $INGEST_ORLEANS != present ]] || echo src/OrleansIngest.Silo
      ;;
  esac
}

# What is up to date too when a build of this is.
covers() { # app|test|bench
  case $1 in
    test) echo test bench app ;;
    bench) echo bench app ;;
    app) echo app ;;
  esac
}

# Names, sizes and times of every file that a build reads. Deleted and older files count, which "newer than" misses.
fingerprint() { # app|test|bench
  local folders=(src)
  case $1 in
    test) folders+=(tests bench samples) ;;
    bench) folders+=(bench) ;;
  esac
  (
    cd "$INGEST_HOME" || exit
    echo "$INGEST_ORLEANS"
    find . -maxdepth 1 -type f \( -name '*.props' -o -name '*.targets' -o -name '*.sln*' -o -name global.json -o -name .editorconfig \) -printf '%T@ %s %p\n'
    find "${folders[@]}" -type d \( -name bin -o -name obj \) -prune -o -type f -printf '%T@ %s %p\n' 2>/dev/null || true # not every folder exists yet
  ) | LC_ALL=C sort | sha256sum
}

ensure_built() { # app|test|bench
  is_built "$1" || with_lock "$LOCAL_DIR/build.lock" build "$1"
}

is_built() { [[ -f $CLI && $(cat "$LOCAL_DIR/built.$1" 2>/dev/null) == "$(fingerprint "$1")" ]]; }

build() { # app|test|bench
  local what=$1 project covered version log=$LOCAL_DIR/build.log
  local -A before # the build: what is edited while it runs is built next time
  ! is_built "$what" || return 0 # another process built while this one waited
  version=$(cd "$INGEST_HOME" && dotnet --version 2>&1) || no_dotnet "'dotnet --version' failed: $(head -n 1 <<<"$version")"
  ((${version%%.*} >= 10)) || no_dotnet "this is version $version"
  for covered in $(covers "$what"); do before[$covered]=$(fingerprint "$covered"); done
  : >"$log"
  for project in $(projects "$what"); do
    begin
    # Build servers outlive the build: without 9>&- they would hold the lock.
    (cd "$INGEST_HOME" && dotnet build "$project" -c Release -v q --nologo) >>"$log" 2>&1 </dev/null 9>&- || build_failed "$project" "$log"
    done_step "Build: $project"
  done
  for covered in "${!before[@]}"; do echo "${before[$covered]}" >"$LOCAL_DIR/built.$covered"; done
}

build_failed() { # PROJECT LOG
  local errors
  errors=$(grep -E ': error( [A-Z]+[0-9]+)? ?:' "$2" | sed 's/ \[[^]]*proj\]$//' | sort -u | head -n 20 || true)
  errors=${errors:-$(tail -n 20 "$2")}
  printf '%s\n' "${errors//"$INGEST_HOME/"/}" >&2
  if grep -q 'error NU1301' <<<"$errors"; then
    fail "$EXIT_UNAVAILABLE" "$1 does not build: a NuGet source cannot be reached" "See the sources with 'dotnet nuget list source', and try again. The whole log: $2"
  fi
  fail "$EXIT_FAILED" "$1 does not build" "The whole log: $2"
}
