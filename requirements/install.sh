#!/bin/sh
# Makes .venv and installs one group of requirements into it; does nothing where that group is there already.
# Usage: requirements/install.sh base|test
set -eu
cd "$(dirname "$0")/.."
group=$1

fail() {
    printf '\n%s\n' "$1" >&2
    exit 1
}

find_python() {
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
}

make_environment() {
    python=$(find_python)
    [ -n "$python" ] || fail "Harken needs Python 3.11 or newer, and none was found. Install it, or name one: make $group PYTHON=/path/to/python3.11"
    "$python" -c 'import venv, ensurepip' 2>/dev/null || fail "$python is here, but it cannot make virtual environments: its venv or pip part is missing. On Debian and Ubuntu: apt install python3-venv. Then run the same command again."
    "$python" -m venv --clear .venv || fail "$python could not make the virtual environment .venv. The lines above say why."
}

install_group() {
    echo "Installing what Harken needs into .venv: about 2 GB and some minutes the first time, nothing the next."
    pip="$environment -m pip install --disable-pip-version-check --quiet --progress-bar ${PROGRESS:-on}"
    # shellcheck disable=SC2086
    $pip -r requirements/torch.txt ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} && $pip -r "requirements/$group.txt" \
        || fail "The packages could not be installed; the lines above say which and why. What was fetched so far is kept: run the same command again."
}

environment=.venv/bin/python
"$environment" -m pip --version >/dev/null 2>&1 || make_environment

# The stamp names the exact requirements and Python, so a changed line installs and an unchanged one takes no time.
wanted=$({ cat requirements/*.txt; "$environment" --version; } | cksum | tr -d ' ')
stamp=.venv/.harken-$group-$wanted
if [ ! -e "$stamp" ]; then
    install_group
    rm -f ".venv/.harken-$group-"*
    : >"$stamp"
    # What the tests need includes what running needs.
    [ "$group" = base ] || : >".venv/.harken-base-$wanted"
fi
