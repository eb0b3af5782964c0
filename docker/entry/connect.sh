#!/bin/sh
# A Spark Connect server, by default with executors in its own process.
# SPARK_MASTER_URL (local[*]), SPARK_CONNECT_HOST (0.0.0.0), SPARK_CONNECT_PORT (15002), SPARK_DAEMON_MEMORY (1g),
# SPARK_CONF names the properties file (conf/spark-standalone.conf); SPARK_SUBMIT_OPTIONS adds options of spark-submit.
set -eu
export PYSPARK_PYTHON="${PYSPARK_PYTHON:-python3}"
# Word splitting is wanted: several options in one variable.
# shellcheck disable=SC2086
exec spark-submit \
    --master "${SPARK_MASTER_URL:-local[*]}" \
    --class org.apache.spark.sql.connect.service.SparkConnectServer \
    --name conceptfreq-connect \
    --properties-file "${SPARK_CONF:-conf/spark-standalone.conf}" \
    --conf "spark.connect.grpc.binding.address=${SPARK_CONNECT_HOST:-0.0.0.0}" \
    --conf "spark.connect.grpc.binding.port=${SPARK_CONNECT_PORT:-15002}" \
    ${SPARK_SUBMIT_OPTIONS:-} \
    spark-internal
