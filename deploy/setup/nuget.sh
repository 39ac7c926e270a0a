#!/usr/bin/env bash
# Asks the NuGet sources whether they serve what not every source has: librdkafka.redist and Orleans. Where the first is
# absent, makes a local feed with it. The answers are kept in .local/nuget.env until the NuGet configuration or the
# versions change; a source that cannot be reached is no answer.
# shellcheck source-path=SCRIPTDIR
set -euo pipefail
SETUP_DIR=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
readonly SETUP_DIR
source "$SETUP_DIR/common.sh"
export LC_ALL=C.UTF-8 # messages of other programs are read below
source "$SETUP_DIR/librdkafka.sh"

readonly FEED=$LOCAL_DIR/nuget ANSWERS=$LOCAL_DIR/nuget.env VERSIONS=$INGEST_HOME/Directory.Packages.props
export HOME=${HOME:-~}
PACKAGES_FOLDER=${NUGET_PACKAGES:-$HOME/.nuget/packages}

# "id version" of each package in Directory.Packages.props whose id begins with PREFIX.
versions_of() { # PREFIX
  sed -nE "s/.*<PackageVersion +Include=\"($1[^\"]*)\" +Version=\"\[?([^],\"]+)[^\"]*\".*/\1 \2/p" "$VERSIONS"
}

# Everything that decides what a restore can find: the configuration files that NuGet merges, and the versions we want.
config_key() {
  local folder=$INGEST_HOME files=()
  while :; do
    files+=("$folder"/[Nn]u[Gg]et.[Cc]onfig)
    [[ $folder != / ]] || break
    folder=$(dirname -- "$folder")
  done
  files+=("$HOME"/.nuget/NuGet/[Nn]u[Gg]et.[Cc]onfig "$HOME"/.nuget/config/*.config "$HOME"/.config/NuGet/[Nn]u[Gg]et.[Cc]onfig
    /etc/opt/NuGet/Config/*.config)
  {
    printf '%s\n' "$PACKAGES_FOLDER"
    versions_of 'Confluent\.Kafka'
    versions_of 'Microsoft\.Orleans\.'
    cat -- "${files[@]}" 2>/dev/null || true
  } | sha256sum | cut -d' ' -f1
}

# A project below this folder inherits nothing from the repository but its NuGet configuration.
isolate() { # FOLDER
  local file
  mkdir -p "$1"
  for file in Directory.Build.props Directory.Build.targets Directory.Packages.props; do echo '<Project />' >"$1/$file"; done
}

# Restores a project with these items. ANSWER is present, absent or unreachable; REASON the first message of NuGet.
# Its packages folder is empty: what some other feed once put into the shared one says nothing about the sources.
probe() { # ITEMS
  local folder=$LOCAL_DIR/probe output status=0
  rm -rf -- "$folder"
  isolate "$folder"
  cat >"$folder/probe.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <NuGetAudit>false</NuGetAudit>
    <RestorePackagesPath>$folder/packages</RestorePackagesPath>
  </PropertyGroup>
  <ItemGroup>$1</ItemGroup>
</Project>
XML
  output=$(NUGET_ENHANCED_MAX_NETWORK_TRY_COUNT=2 dotnet restore "$folder/probe.csproj" -v m --nologo 2>&1 </dev/null 9>&-) || status=$?
  REASON=$(grep -m1 -E '(error|warning) NU[0-9]+' <<<"$output" | sed -E 's/^.*(error|warning) (NU[0-9]+)/\2/; s/ \[[^]]*\.csproj\]$//' || true)
  rm -rf -- "$folder"
  # NU1601 to NU1603: another version than the wanted one was taken, silently as far as the exit code goes.
  if ((status == 0)) && ! grep -qE 'NU160[123]' <<<"$output"; then
    ANSWER=present
  elif ! grep -qE 'NU13[0-9][0-9]' <<<"$output" && grep -qE 'NU110[123]|NU160[123]' <<<"$output"; then
    ANSWER=absent
  else
    ANSWER=unreachable
    REASON=${REASON:-$(tail -n 1 <<<"$output")}
  fi
}

ask_librdkafka() {
  begin
  probe "<PackageDownload Include=\"librdkafka.redist\" Version=\"[$VERSION]\" />"
  case $ANSWER in
    present)
      done_step "librdkafka.redist $VERSION: served by the NuGet sources"
      rm -rf -- "$FEED"
      LIBRDKAFKA=source
      ;;
    absent)
      done_step "librdkafka.redist $VERSION: absent from the NuGet sources"
      [[ -f $FEED_PACKAGE ]] || make_feed
      LIBRDKAFKA=local
      ;;
  esac
}

ask_orleans() {
  local items='<FrameworkReference Include="Microsoft.AspNetCore.App" />' id version
  while read -r id version; do
    items+="<PackageReference Include=\"$id\" Version=\"[$version]\" />"
  done < <(versions_of 'Microsoft\.Orleans\.')
  begin
  probe "$items"
  ORLEANS=$ANSWER
  case $ANSWER in
    present) done_step "Orleans packages: served by the NuGet sources" ;;
    absent) done_step "Orleans packages: absent from the NuGet sources (${REASON%%:*}), continuing with OrleansIngest.Standalone.slnf" ;;
  esac
}

read_answers() {
  local name value
  ORLEANS='' LIBRDKAFKA='' ANSWERED=''
  [[ -r $ANSWERS ]] || return 0
  while IFS='=' read -r name value; do
    case $name in
      ORLEANS) ORLEANS=$value ;;
      LIBRDKAFKA) LIBRDKAFKA=$value ;;
      KEY) ANSWERED=$value ;;
    esac
  done <"$ANSWERS"
}

is_current() {
  read_answers
  [[ $ANSWERED == "$KEY" && ($LIBRDKAFKA != local || -f $FEED_PACKAGE) ]]
}

ask() {
  ! is_current || return 0 # another process asked while this one waited
  local earlier=$ORLEANS
  ask_librdkafka
  [[ $ANSWER == unreachable ]] || ask_orleans
  if [[ $ANSWER == unreachable ]]; then
    note "NuGet sources: cannot be reached, continuing with ${earlier:+the earlier answers and }what is on this machine ($REASON)"
    return 0
  fi
  printf '%s\n' "ORLEANS=$ORLEANS" "LIBRDKAFKA=$LIBRDKAFKA" "KEY=$KEY" >"$ANSWERS.new"
  mv -f -- "$ANSWERS.new" "$ANSWERS"
}

VERSION=$(versions_of 'Confluent\.Kafka' | cut -d' ' -f2)
[[ -n $VERSION ]] || fail "$EXIT_FAILED" "$VERSIONS names no version of Confluent.Kafka" "The set-up needs it to find the native library of the same version"
FEED_PACKAGE=$FEED/librdkafka.redist.$VERSION.nupkg
EXTRACTED=$PACKAGES_FOLDER/librdkafka.redist/$VERSION
KEY=$(config_key)
readonly VERSION FEED_PACKAGE EXTRACTED KEY
is_current || with_lock "$LOCAL_DIR/nuget.lock" ask
