#!/bin/sh
# Pack a virtual environment with conceptfreq for spark-submit --archives. Needs uv and venv-pack on PATH.
#   env-archive.sh PYTHON WHEEL EXTRAS ARCHIVE
# PYTHON makes the environment, and must lie at the same path on every node: an archive holds packages, no interpreter.
# pyspark is left out: executors have the cluster's.
set -eu
python=$1 wheel=$2 extras=$3 archive=$4
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/env"
VIRTUAL_ENV="$folder/env" uv pip install --quiet --constraint "$root/constraints.txt" \
    "$wheel[$extras]" numpy pandas pyarrow scipy
rm -f "$archive"
venv-pack --quiet --prefix "$folder/env" --output "$archive"
