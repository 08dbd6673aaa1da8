#!/usr/bin/env bash
# Installs the kata when Gradescope builds the image of the autograder.
#
# To use it, put setup.sh and run_autograder at the top of a zip file (not in a folder of it) and
# upload that as the autograder:  zip -j autograder.zip setup.sh run_autograder
set -euo pipefail

# Where the kata, its suites and its points come from. A wheel that you add to the zip file is
# found at  /autograder/source/NAME.whl
KATA="@KATA@"
PREFIX=${PREFIX:-/opt/kata}

apt-get update
apt-get install -y --no-install-recommends git python3-venv

# The kata needs Python 3.11 or later. Images have older ones; uv fetches a newer one if it must.
python3 -m venv "$PREFIX/uv"
"$PREFIX/uv/bin/python" -m pip install --quiet uv
"$PREFIX/uv/bin/uv" venv --quiet --python ">=3.11" "$PREFIX/venv"
"$PREFIX/uv/bin/uv" pip install --quiet --python "$PREFIX/venv/bin/python" "$KATA"
"$PREFIX/venv/bin/checker" --version
