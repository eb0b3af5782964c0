#!/bin/sh
# Spark's standalone master.
# SPARK_MASTER_HOST (this host's name), SPARK_MASTER_PORT (7077), SPARK_MASTER_WEBUI_PORT (8080)
set -eu
exec spark-class org.apache.spark.deploy.master.Master \
    --host "${SPARK_MASTER_HOST:-$(hostname)}" \
    --port "${SPARK_MASTER_PORT:-7077}" \
    --webui-port "${SPARK_MASTER_WEBUI_PORT:-8080}"
