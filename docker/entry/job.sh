#!/bin/sh
# Submit `conceptfreq ARGUMENTS` to the master at SPARK_MASTER_URL (spark://master:7077).
# SPARK_CONF names the properties file (conf/spark-standalone.conf); SPARK_SUBMIT_OPTIONS adds options of spark-submit.
set -eu
# The program by its path: the package is installed where this runs and on every worker.
program=$(python3 -c 'from importlib.util import find_spec; print(find_spec("jobs.cli").origin)')
export PYSPARK_PYTHON="${PYSPARK_PYTHON:-python3}"
# Word splitting is wanted: several options in one variable.
# shellcheck disable=SC2086
exec spark-submit \
    --master "${SPARK_MASTER_URL:-spark://master:7077}" \
    --properties-file "${SPARK_CONF:-conf/spark-standalone.conf}" \
    ${SPARK_SUBMIT_OPTIONS:-} \
    "$program" "$@"
