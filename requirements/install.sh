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
    # Progress bars for people; in a log, only what goes wrong.
    quiet=--quiet
    [ -t 1 ] && quiet=
    pip="$environment -m pip install --disable-pip-version-check $quiet"
    # shellcheck disable=SC2086
    $pip -r requirements/torch.txt ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} && $pip -r "requirements/$group.txt" \
        || fail "The packages could not be installed; the lines above say which and why. What was fetched so far is kept: run the same command again."
}

# The stamp names the exact requirements and Python, so a changed line installs and an unchanged one takes no time.
stamp_of() {
    echo ".venv/.harken-$1-$({ cat requirements/*.txt; "$environment" --version; } 2>/dev/null | cksum | tr -d ' ')"
}

environment=.venv/bin/python
if [ -x "$environment" ] && [ -e "$(stamp_of "$group")" ]; then
    exit 0
fi
"$environment" -m pip --version >/dev/null 2>&1 || make_environment
install_group
rm -f ".venv/.harken-$group-"*
: >"$(stamp_of "$group")"
# What the tests need includes what running needs.
[ "$group" = base ] || : >"$(stamp_of base)"
