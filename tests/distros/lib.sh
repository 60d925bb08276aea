# shellcheck shell=bash
# What the scripts in this folder share. Sourced after cmake/setup.sh, with `top` set.

need_root() {
  [ "$(id -u)" = 0 ] || die "$(basename -- "$0") needs root (for packages, mount and chroot): sudo tests/distros/$(basename -- "$0")"
}

# need_command COMMAND PACKAGE
need_command() {
  command -v "$1" >/dev/null 2>&1 && return 0
  apt-get -q -y install --no-install-recommends "$2" >&2 || die "not found: $1 (Debian: $2)"
}

# The archive of the release itself, without security updates, that this system's apt uses.
archive_of_apt() {
  local found
  found=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
  [ -n "$found" ] || die "apt knows no Debian archive here: name one with --archive URL"
  printf '%s\n' "$found"
}

# Copies what git tracks or would add to $1, with its times, and removes what is no longer there. `build` stays.
copy_sources() {
  mkdir -p "$1"
  find "$1" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
  (cd "$top" && git ls-files -z --cached --others --exclude-standard --deduplicate | while IFS= read -r -d '' file; do
    [ ! -e "$file" ] || printf '%s\0' "$file"
  done | tar --null --no-recursion -T - -cf -) | tar -C "$1" -xf -
}

# Runs a command in the root $1, with /proc, /dev and /sys, in namespaces of its own: whatever it leaves ends with it.
in_root() {
  local root=$1
  shift
  unshare --mount --pid --fork --kill-child --propagation private bash -ec '
    root=$1; shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t sysfs sysfs "$root/sys" 2>/dev/null || mount --rbind /sys "$root/sys"
    mount -t tmpfs tmpfs "$root/tmp"
    cd /
    exec chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 "$@"
  ' in_root "$root" "$@"
}

# unpack_packages ARCH DIR PACKAGE...: these and all that they depend on, from the archives that this system's apt uses,
# unpacked and not installed. apt gets lists and a cache of its own in DIR.
unpack_packages() {
  local arch=$1 root=$2 state="$2/apt"
  shift 2
  mkdir -p "$state"/{lists,archives}/partial
  : >"$state/status"
  local get=(apt-get -q -y -o Debug::NoLocking=1 -o APT::Architecture="$arch" -o APT::Architectures::="$arch"
    -o Dir::State::Lists="$state/lists" -o Dir::State::status="$state/status" -o Dir::Cache::archives="$state/archives"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Dir::State::extended_states="$state/extended"
    -o APT::Update::Post-Invoke-Success= -o APT::Sandbox::User=root)
  say "unpacking packages of $arch into $root"
  "${get[@]}" update >"$state/log" 2>&1 || die "apt-get update for $arch failed: $(tail -n 3 "$state/log")"
  "${get[@]}" --download-only --no-install-recommends install "$@" >>"$state/log" 2>&1 ||
    die "could not get packages of $arch: $(tail -n 3 "$state/log")"
  local file
  for file in "$state"/archives/*.deb; do
    dpkg -x "$file" "$root" || die "could not unpack $file"
  done
  rm -rf "$state/archives"
  touch "$root/complete.stamp"
}
