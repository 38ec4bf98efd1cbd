#!/bin/sh
# Makes the virtual environment with exactly the pinned packages. Needs Python 3.11+, and for a
# Debian whose python3 came without venv, the right to install that one package.
set -eu
python=${PYTHON:-python3}
venv=${VENV:-.venv}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "sagspost needs Python 3.11 or newer; $python is $("$python" --version). Set PYTHON=..." >&2
    exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || {
    echo "python3-venv is missing; installing it with apt-get" >&2
    apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv
}
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
# uv is pinned by hash like everything else; pip alone would take a minute to resolve the rest.
"$venv/bin/python" -m pip install -q --require-hashes -r deploy/requirements-uv.txt
# Compiled at once: where Python may write no bytecode later, each start would compile all of it anew.
"$venv/bin/uv" pip sync -q --compile-bytecode --python "$venv/bin/python" --require-hashes requirements-dev.txt deploy/requirements-uv.txt
"$venv/bin/uv" pip install -q --python "$venv/bin/python" --no-deps --no-build-isolation -e .
"$venv/bin/python" -m compileall -q gateway parsers workflows keys
