#!/bin/sh
# The GPUs of this machine as Spark's scheduler wants them (spark.executor.resource.gpu.discoveryScript):
# {"name": "gpu", "addresses": ["0", "1"]}
set -eu
addresses=$(nvidia-smi --query-gpu=index --format=csv,noheader | sed 's/.*/"&"/' | paste -sd, -)
printf '{"name": "gpu", "addresses": [%s]}\n' "$addresses"
