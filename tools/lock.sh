#!/bin/sh
# Write the locks anew: every version with its hashes, for every platform, without the name of any host. Needs uv.
set -eu
cd "$(dirname "$0")/.."
compile() { uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 "$@"; }
compile pyproject.toml --output-file lock/runtime.txt
compile pyproject.toml --group dev --constraint lock/runtime.txt --output-file lock/dev.txt
printf 'hatchling\neditables\n' | compile - --constraint lock/dev.txt --output-file lock/build.txt
