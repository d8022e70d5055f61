#!/bin/bash
# Sets up the virtual environment that every `make` target uses: environment.sh VENV PYTHON
# Leaves VENV/.ready behind only when everything is installed, so an interrupted installation is taken up again by the next `make`.
set -euo pipefail
venv=$1 asked=${2:-}
cd "$(dirname "$0")/.."

supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
ready() { "$venv/bin/python" scripts/environment.py "$@"; }

if ! "$venv/bin/python" -c '' 2>/dev/null; then
    python=
    for p in ${asked:-python3 python3.13 python3.12 python3.11}; do
        if "$p" -c "$supported" 2>/dev/null; then python=$p; break; fi
    done
    if [ -z "$python" ]; then
        echo "acgan needs Python 3.11, 3.12 or 3.13; ${asked:-python3} is $("${asked:-python3}" --version 2>/dev/null || echo missing). Install one and name it: make PYTHON=python3.12 test" >&2
        exit 1
    fi
    echo "Making the environment $venv with $("$python" --version) ..."
    "$python" -m venv --clear "$venv" || { rm -rf "$venv"; echo "Python's venv module is incomplete here (Debian, Ubuntu: apt install python3-venv): install it and run make again." >&2; exit 1; }
elif ! "$venv/bin/python" -c "$supported"; then
    echo "The environment $venv has $("$venv/bin/python" --version), and acgan needs Python 3.11 to 3.13: remove it, or name another with make VENV=/path" >&2
    exit 1
fi

# An environment that has everything already (an image without network, say) is taken as it is.
if ! ready >/dev/null; then
    log=$venv/install.log
    echo "Installing into $venv: $(ready || true) (once; PyTorch and its libraries are about 5 GB, so this takes minutes; details in $log) ..."
    for try in 1 2; do
        # exactly the files that requirements.lock names (`make lock` makes it), then this package itself, which needs nothing more
        if { "$venv/bin/python" -m pip install --disable-pip-version-check --retries 5 --require-hashes -r requirements.lock &&
             "$venv/bin/python" -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e . ; } >"$log" 2>&1; then break; fi
        if [ $try = 2 ]; then
            tail -n 15 "$log" >&2
            echo "The installation failed (last lines above, all of it in $log). Is the network or package index reachable, and 8 GB free? Run make again to go on." >&2
            exit 1
        fi
        echo "The installation was interrupted; trying once more ..."
    done
    if missing=$(ready); then :; else echo "After the installation something is still missing: $missing. See $log." >&2; exit 1; fi
fi
touch "$venv/.ready" 2>/dev/null || true   # an environment that may only be read is looked at anew each time
