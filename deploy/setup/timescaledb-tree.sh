# Sourced by timescaledb.sh: the tree that all its servers run in, unpacked from Debian's own packages.
# shellcheck shell=bash disable=SC2153

readonly SUITE=trixie
readonly SERVER_ID=5432 # uid and gid of the server; the host needs no such user
readonly PACKAGES=(
  postgresql-17 postgresql-17-timescaledb postgresql-client-17 libpq5 libc6 libc-bin dash coreutils tzdata libaudit1
  libcap-ng0 libcap2 libcom-err2 libgcc-s1 libgssapi-krb5-2 libicu76 libk5crypto3 libkeyutils1 libkrb5-3
  libkrb5support0 libldap2 liblz4-1 liblzma5 libpam0g libreadline8t64 libsasl2-2 libssl3t64 libstdc++6 libsystemd0
  libtinfo6 libxml2 libxxhash0 libzstd1 zlib1g libselinux1 libpcre2-8-0 libacl1 libattr1 libgmp10 libuuid1)

unavailable() { # WHY [REMEDY]
  fail "$EXIT_UNAVAILABLE" "TimescaleDB cannot be set up here: $1" \
    "Do one of these and run the command again:" \
    "- ${2:-run it as root on Debian 12 or newer, amd64}" \
    "- use servers of your own: set TIMESCALE_HOST, TIMESCALE_PORT, TIMESCALE_USER, TIMESCALE_PASSWORD, TIMESCALE_DB (and KAFKA_BOOTSTRAP_SERVERS)" \
    "- install Docker with 'docker compose': where a Docker engine answers, the services of docker-compose.yml are used"
}

os_release() { sed -nE "s/^$1=\"?([^\"]*)\"?$/\1/p" /etc/os-release 2>/dev/null || true; } # KEY

require_platform() {
  local version machine
  version=$(os_release VERSION_ID)
  [[ $(os_release ID) == debian && ${version%%.*} -ge 12 ]] ||
    unavailable "this is $(os_release PRETTY_NAME), not Debian 12 or newer"
  machine=$(dpkg --print-architecture 2>/dev/null)
  [[ $machine == amd64 ]] || unavailable "this machine is $machine, not amd64"
  [[ $EUID == 0 ]] || unavailable "it needs root (for chroot), and this is $(id -un)"
}

# Sets ENTER, the command that runs another inside a tree: as the server's user, with a clean environment.
enter() { # TREE
  ENTER=(chroot --userspec="$SERVER_ID:$SERVER_ID" "$1" /usr/bin/env -i PATH=/usr/bin:/bin LANG=C)
}

# The machine's own Debian mirror, whichever way its sources are written.
debian_mirror() {
  local codename
  codename=$(os_release VERSION_CODENAME)
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -v codename="$codename" '$2 == "main" && ($1 == codename || $1 ~ /^(oldstable|stable|testing|sid)$/) && !found { found = $3 } END { print found }'
}

# apt-get with its own sources, lists and cache, so that the host's are neither used nor changed.
private_apt() { # WORK ARGUMENT...
  local work=$1
  shift
  apt-get -q -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$work/lists" \
    -o "Dir::State::status=$work/status" -o "Dir::Cache=$work/cache" -o Dir::Etc::preferences=/dev/null \
    -o Dir::Etc::preferencesparts=/dev/null -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=2 "$@"
}

download_packages() { # WORK LOG
  local work=$1 log=$2 mirror
  mirror=$(debian_mirror)
  [[ -n $mirror ]] || unavailable "the apt sources of this machine name no Debian mirror" "add one (component main) to /etc/apt/sources.list.d"
  mkdir -p "$work"/{lists/partial,cache/archives/partial,debs}
  : >"$work/status"
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" $SUITE >"$work/sources.list"
  # An unreachable mirror is only a warning to 'update'.
  if ! private_apt "$work" update >"$log" 2>&1 || grep -qE '^(E:|Err:)' "$log"; then
    unavailable "no package list of Debian $SUITE from $mirror: $(grep -m1 -E '^(E:|W:|Err:)' "$log")" \
      "see that this mirror answers and has $SUITE, and that the package debian-archive-keyring is current (log: $log)"
  fi
  done_step "TimescaleDB: read the package list of Debian $SUITE"
  (cd "$work/debs" && private_apt "$work" download "${PACKAGES[@]}") >>"$log" 2>&1 ||
    unavailable "a Debian package could not be downloaded: $(grep -m1 '^E:' "$log")" "try again (log: $log)"
  done_step "TimescaleDB: downloaded $(du -sm "$work/debs" | cut -f1) MB of Debian packages"
}

unpack_packages() { # WORK LOG
  local work=$1 log=$2 tree=$1/tree deb dir ENTER
  for dir in bin sbin lib lib64; do
    mkdir -p "$tree/usr/$dir"
    ln -s "usr/$dir" "$tree/$dir"
  done
  for deb in "$work"/debs/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$tree" --keep-directory-symlink --exclude='*/bitcode' \
      --exclude='*/llvmjit*' --exclude='./usr/share/locale' --exclude='./usr/share/doc' --exclude='./usr/share/man' ||
      unavailable "$(basename "$deb") could not be unpacked" "see what is free: df -h $work"
  done
  mkdir -p "$tree"/{dev,tmp,etc,instances}
  chmod 1777 "$tree/tmp"
  printf 'root:x:0:0::/:/bin/sh\npostgres:x:%d:%d::/tmp:/bin/sh\n' $SERVER_ID $SERVER_ID >"$tree/etc/passwd"
  printf 'root:x:0:\npostgres:x:%d:\n' $SERVER_ID >"$tree/etc/group"
  mknod -m 666 "$tree/dev/null" c 1 3 2>>"$log" ||
    unavailable "this container may not create device files (mknod)" "give the container the capability MKNOD"
  enter "$tree"
  "${ENTER[@]}" "$PG/postgres" --version >>"$log" 2>&1 ||
    unavailable "the unpacked server does not run: $(tail -n 1 "$log")" "see $log"
}

# Made complete under another name, then renamed: an interrupted set-up leaves nothing half done.
install_tree() {
  [[ ! -d $TREE ]] || return 0
  local work=$BASE/unpack log=$BASE/install.log
  begin
  rm -rf -- "$work"
  download_packages "$work" "$log"
  unpack_packages "$work" "$log"
  mv -- "$work/tree" "$TREE"
  rm -rf -- "$work"
  done_step "TimescaleDB: unpacked Debian packages"
}
