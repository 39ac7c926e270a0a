# Sourced by nuget.sh: builds librdkafka from the source that its maintainers ship in an npm package, and packs it as
# the NuGet package librdkafka.redist in a folder feed, for NuGet sources that lack that package.
# shellcheck shell=bash disable=SC2153

# version of librdkafka : npm package whose source it is : sha512 of its tarball. An update of Confluent.Kafka adds a line.
readonly LIBRDKAFKA_SOURCES='
2.15.1 @confluentinc/kafka-javascript@1.10.1 KVePUBn21EqCVP9mfxzEuM3SYJHHEF7X+iiC2e43QQgDSyEaksInmCGooT3w5q+cNAdkSCrK71j0ICfqoSqZLw==
'
# The built-in broker calls these; without them the library would load and the broker fail later.
readonly MOCK_SYMBOLS='rd_kafka_mock_cluster_new rd_kafka_mock_cluster_destroy rd_kafka_mock_cluster_bootstraps rd_kafka_mock_topic_create'

no_librdkafka() { # WHY [REMEDY...]
  local why=$1
  shift
  fail "$EXIT_UNAVAILABLE" "the NuGet sources lack librdkafka.redist $VERSION, and it cannot be built here: $why" "$@" \
    "Or add a NuGet source that has it: dotnet nuget add source URL"
}

runtime_id() {
  case $(uname -sm) in
    'Linux x86_64') echo linux-x64 ;;
    'Linux aarch64') echo linux-arm64 ;;
    *) no_librdkafka "this is $(uname -sm), not Linux on x86_64 or aarch64" ;;
  esac
}

fetch_librdkafka() { # WORK
  local work=$1 package digest
  read -r package digest < <(awk -v version="$VERSION" '$1 == version { print $2, $3 }' <<<"$LIBRDKAFKA_SOURCES") ||
    no_librdkafka "no source is known for this version" "Add one to deploy/setup/librdkafka.sh"
  command -v npm >/dev/null || no_librdkafka "its source comes in an npm package, and npm is not installed" "Install Node.js with npm"
  (cd "$work" && npm pack "$package") >"$work/log" 2>&1 </dev/null ||
    no_librdkafka "'npm pack $package' failed: $(grep -m1 -iE 'err(or|!)' "$work/log")" "See that the npm registry answers: npm ping"
  [[ $(openssl dgst -sha512 -binary "$work"/*.tgz | base64 -w0) == "$digest" ]] ||
    no_librdkafka "the sha512 of $package is not the expected one" "Do not use this download. See which registry npm asks: npm config get registry"
  tar -xzf "$work"/*.tgz -C "$work" package/deps/librdkafka
  done_step "librdkafka: downloaded the source of $VERSION"
}

exports_mock() { # LIBRARY
  local symbol symbols
  symbols=$(nm -D --defined-only "$1" 2>/dev/null) || return 1
  for symbol in $MOCK_SYMBOLS; do grep -qw "$symbol" <<<"$symbols" || return 1; done
}

compile_librdkafka() { # WORK
  local source=$1/package/deps/librdkafka log=$LOCAL_DIR/librdkafka.log
  chmod +x "$source/configure" "$source/lds-gen.py" # npm drops the run bits
  # --enable-static links what it can into the library; Debian's zstd has to be named.
  (cd "$source" && STATIC_LIB_libzstd=$(gcc -print-file-name=libzstd.a) ./configure --no-download --enable-static \
    --enable-ssl --enable-gssapi --enable-zstd --disable-lz4-ext --disable-curl --disable-debug-symbols &&
    make -C src -j"$(nproc)" librdkafka.so.1) >"$log" 2>&1 </dev/null ||
    no_librdkafka "it does not compile: $(grep -m1 -iE 'error|failed' "$log")" "See $log"
  exports_mock "$source/src/librdkafka.so.1" || no_librdkafka "the built library lacks the mock cluster" "See $log"
  rm -f -- "$log"
  done_step "librdkafka: compiled $VERSION"
}

pack_librdkafka() { # WORK FEED
  local project=$1/pack feed=$2
  mkdir -p "$project"
  cp -- "$1/package/deps/librdkafka/src/librdkafka.so.1" "$project/librdkafka.so"
  isolate "$project"
  cat >"$project/librdkafka.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <PackageId>librdkafka.redist</PackageId>
    <Version>$VERSION</Version>
    <Authors>librdkafka contributors</Authors>
    <Description>librdkafka $VERSION, compiled on this machine.</Description>
    <IncludeBuildOutput>false</IncludeBuildOutput>
    <SuppressDependenciesWhenPacking>true</SuppressDependenciesWhenPacking>
    <NoWarn>NU5128</NoWarn>
  </PropertyGroup>
  <ItemGroup>
    <None Include="librdkafka.so" Pack="true" PackagePath="runtimes/$(runtime_id)/native/" />
  </ItemGroup>
</Project>
XML
  dotnet pack "$project" -o "$feed" -v q --nologo >"$1/log" 2>&1 </dev/null 9>&- ||
    no_librdkafka "it could not be packed: $(grep -m1 error "$1/log")"
  done_step "librdkafka: packed librdkafka.redist $VERSION into a local NuGet feed"
}

# NuGet notes beside an extracted package which source it came from.
came_from_local_feed() { grep -qE '"source": *"[^"]*/\.local/nuget"' "$EXTRACTED/.nupkg.metadata" 2>/dev/null; }

# Made complete under another name, then renamed: Directory.Build.props adds the feed as soon as its folder exists.
make_feed() {
  local work=$LOCAL_DIR/librdkafka
  runtime_id >/dev/null
  install_debian "Compiling librdkafka" gcc g++ make libsasl2-dev libssl-dev zlib1g-dev libzstd-dev openssl binutils
  rm -rf -- "$work" "$FEED"
  mkdir -p "$work"
  begin
  fetch_librdkafka "$work"
  compile_librdkafka "$work"
  pack_librdkafka "$work" "$work/feed"
  mv -- "$work/feed" "$FEED"
  rm -rf -- "$work"
  # What an interrupted build of another clone left extracted would be taken instead of the feed.
  if came_from_local_feed && ! exports_mock "$EXTRACTED/runtimes/$(runtime_id)/native/librdkafka.so"; then
    rm -rf -- "$EXTRACTED"
  fi
}
