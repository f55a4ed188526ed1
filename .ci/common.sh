# Sourced by the other scripts.

skip() { echo "SKIPPED: $1"; }

# nightly [COMPONENT...]: adds these to the nightly toolchain that is installed, and installs one only
# if there is none: the newest may lack a component or a target.
nightly() {
    rustup run nightly rustc --version >/dev/null 2>&1 ||
        rustup toolchain install nightly --profile minimal --no-self-update >/dev/null 2>&1 || return
    [ $# = 0 ] || rustup component add --toolchain nightly "$@" >/dev/null 2>&1
}

# packages NAME...: installs these Debian packages; fails if they are not installed afterwards.
packages() {
    dpkg -s "$@" >/dev/null 2>&1 && return
    command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"; } >/dev/null
}

# named COMMAND... -- NAME...: runs the tests whose names contain one of these; fails if one of the
# names is in no test that passed.
named() {
    local command=() said name
    while [ "$1" != -- ]; do command+=("$1"); shift; done
    shift
    said=$("${command[@]}" -- "$@" 2>&1) || { echo "$said"; return 1; }
    grep '^test result' <<<"$said"
    for name in "$@"; do
        grep -q "^test .*$name.* ok$" <<<"$said" ||
            { echo "no test is named $name: ${command[*]}" >&2; return 1; }
    done
}
