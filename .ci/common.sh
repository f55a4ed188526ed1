# Sourced by what installs tools.

skip() { echo "SKIPPED: $1"; }

# packages NAME...: whether these Debian packages are there, after trying to install them.
packages() {
    dpkg -s "$@" >/dev/null 2>&1 && return
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"; } >/dev/null
}
