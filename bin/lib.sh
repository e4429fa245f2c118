# Shared by bin/mutt and bin/check (POSIX sh): make a virtual environment that holds exactly one lock file.
# A stamp (checksum of the lock) says whether the environment is current; a folder made by mkdir is the lock
# that keeps two first calls from installing at once.

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in ${MUTT_PYTHON:-} python3.13 python3.12 python3.11 python3 python3.14; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            # The interpreter's own path: a launcher shim can resolve to another version in another folder.
            "$candidate" -c 'import sys; print(sys.executable)'
            return 0
        fi
    done
    say "error: MUTT needs Python 3.11 or newer, and none was found on PATH."
    say "try:   install python3.11 (Debian 12, RHEL 9 and newer have it), or set MUTT_PYTHON=/path/to/python3"
    exit 69
}

install_into() {  # $1 = environment folder, $2 = lock file
    python=$(find_python) || exit 69
    say "installing $(basename "$2") into $(basename "$1") (first call after a change of the lock) ..."
    rm -rf "$1"
    if command -v uv >/dev/null 2>&1; then
        uv venv --quiet --no-python-downloads --python "$python" "$1" &&
            uv pip install --quiet --python "$1/bin/python" --no-deps --only-binary :all: --require-hashes -r "$2" || exit 69
    else
        if ! "$python" -m venv "$1" 2>/dev/null; then
            say "error: '$python -m venv' does not work here."
            say "try:   on Debian and Ubuntu: apt-get install python3-venv    (or install uv)"
            exit 69
        fi
        "$1/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
            --require-hashes -r "$2" || { say "error: the packages of $(basename "$2") could not be installed."; exit 69; }
    fi
    site=$("$1/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$root" >"$site/mutt_source_tree.pth"
}

ensure_environment() {  # $1 = environment folder, $2 = lock file
    want=$(cksum <"$2")
    [ "$(cat "$1/stamp" 2>/dev/null)" = "$want" ] && [ -x "$1/bin/python" ] && return 0
    guard="$root/.install-lock"
    waited=0
    until mkdir "$guard" 2>/dev/null; do
        holder=$(cat "$guard/pid" 2>/dev/null)
        if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then rm -rf "$guard"; continue; fi
        [ "$waited" -eq 0 ] && say "another call is installing; waiting for it ..."
        waited=$((waited + 1))
        [ "$waited" -gt 600 ] && { say "error: waited 10 minutes for $guard. If nothing is installing, remove it."; exit 75; }
        sleep 1
    done
    echo "$$" >"$guard/pid"
    trap 'rm -rf "$guard"' EXIT INT TERM
    if [ "$(cat "$1/stamp" 2>/dev/null)" != "$want" ] || [ ! -x "$1/bin/python" ]; then
        install_into "$1" "$2"
        printf '%s\n' "$want" >"$1/stamp"
    fi
    rm -rf "$guard"
    trap - EXIT INT TERM
}
