# shellcheck shell=bash
# What ./run and ./test share: the packages that a build needs, and building one preset. Sourced, with `top` set.

# Debian's names; README.md has the list for other systems.
packages=(g++ cmake ninja-build libcaf-dev libboost-dev libboost-filesystem-dev libboost-system-dev libfmt-dev
  libedit-dev libcli11-dev libmimalloc-dev catch2 libbenchmark-dev)
# Installed along with the others where the distribution has them: mold links a plugin in a third of bfd's time.
welcome_packages=(mold)
# What must be there for a build to have a chance, whatever the distribution calls it.
tools=(cmake ninja)

say() { printf '%s\n' "twinslot: $*" >&2; }

# The exit status is `die_status` where a caller has to tell this failure from another one.
die() {
  say "$@"
  exit "${die_status:-1}"
}

missing_packages() {
  local package state
  for package in "${packages[@]}"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
    [ "$state" = installed ] || printf '%s\n' "$package"
  done
}

missing_tools() {
  local tool
  for tool in "${tools[@]}"; do
    command -v "$tool" >/dev/null 2>&1 || printf '%s\n' "$tool"
  done
  command -v "${CXX:-c++}" >/dev/null 2>&1 || printf '%s\n' "${CXX:-c++}"
}

# Runs a command as root, by itself or through sudo; 127 where neither can.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    if [ -t 0 ]; then sudo "$@"; else sudo -n "$@"; fi
  else
    return 127
  fi
}

# Installs the packages that are missing, and only these.
install_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1 || ! command -v apt-get >/dev/null 2>&1; then
    local absent
    absent=$(missing_tools)
    [ -z "$absent" ] && return 0
    say "no apt-get here. Install what stands for these Debian packages: ${packages[*]}"
    die "not found: ${absent//$'\n'/ }"
  fi
  local missing
  mapfile -t missing < <(missing_packages)
  [ ${#missing[@]} = 0 ] && return 0
  local get=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120)
  local package
  say "installing ${missing[*]}"
  # A failed update may concern a source that is not needed here; the install will tell.
  as_root "${get[@]}" update >&2 || say "apt-get update failed"
  for package in "${welcome_packages[@]}"; do
    ! apt-cache show "$package" >/dev/null 2>&1 || missing+=("$package")
  done
  as_root "${get[@]}" install --no-install-recommends "${missing[@]}" >&2 && return 0
  die "these packages are missing and could not be installed (no root, no sudo, or no network); as root run:
    apt-get install ${missing[*]}"
}

# Configures the preset $1 where that was never done here, then builds the targets $2... (all where none are named).
# Ninja runs cmake again by itself when a CMake file changed; the presets are no CMake file. A checkout that was moved
# is configured afresh.
build_preset() {
  local preset=$1 build="${top:?}/build/$1"
  local stamp="$build/configured.stamp" fresh=()
  shift
  grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$top" "$build/CMakeCache.txt" || fresh=(--fresh)
  if [ ${#fresh[@]} -gt 0 ] || [ ! "$stamp" -nt "$top/CMakePresets.json" ]; then
    (cd "$top" && cmake --preset "$preset" "${fresh[@]}") >&2 || die "could not configure build/$preset"
    touch "$stamp"
  fi
  ninja -C "$build" "$@" >&2 || die "could not build build/$preset"
}
