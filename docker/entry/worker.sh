#!/bin/sh
# A worker of the master at SPARK_MASTER_URL (spark://master:7077).
# SPARK_WORKER_HOST (this host's name), SPARK_WORKER_CORES (1), SPARK_WORKER_MEMORY (2g),
# SPARK_WORKER_DIR (/tmp/spark-work: 171 MB an application, removed after an hour)
set -eu
export SPARK_WORKER_OPTS="-Dspark.worker.cleanup.enabled=true -Dspark.worker.cleanup.appDataTtl=3600 ${SPARK_WORKER_OPTS:-}"
exec spark-class org.apache.spark.deploy.worker.Worker \
    --host "${SPARK_WORKER_HOST:-$(hostname)}" \
    --webui-port "${SPARK_WORKER_WEBUI_PORT:-8081}" \
    --cores "${SPARK_WORKER_CORES:-1}" \
    --memory "${SPARK_WORKER_MEMORY:-2g}" \
    --work-dir "${SPARK_WORKER_DIR:-/tmp/spark-work}" \
    "${SPARK_MASTER_URL:-spark://master:7077}"
