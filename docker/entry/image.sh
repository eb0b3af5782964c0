#!/bin/sh
# What the image starts. Spark on Kubernetes asks for `driver ARGUMENTS` or `executor` and gives the rest by the
# environment (SPARK_*, set by Spark itself); anything else is a command, as in compose.yaml.
set -eu

drive() {
    exec spark-submit --deploy-mode client \
        --conf "spark.driver.bindAddress=${SPARK_DRIVER_BIND_ADDRESS:?}" \
        "$@"
}

execute() {
    home=${SPARK_HOME:-$(python3 -c 'import pyspark; print(pyspark.__path__[0])')}
    # JVM options come numbered, one a variable, as each may have spaces in it.
    for number in $(env | sed -n 's/^SPARK_JAVA_OPT_\([0-9]*\)=.*/\1/p' | sort -n); do
        eval "set -- \"\$@\" \"\$SPARK_JAVA_OPT_$number\""
    done
    exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" "$@" \
        "-Xms${SPARK_EXECUTOR_MEMORY:?}" "-Xmx$SPARK_EXECUTOR_MEMORY" \
        -cp "${SPARK_CONF_DIR:-$home/conf}:$home/jars/*" \
        org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
        --driver-url "${SPARK_DRIVER_URL:?}" \
        --executor-id "${SPARK_EXECUTOR_ID:?}" \
        --cores "${SPARK_EXECUTOR_CORES:?}" \
        --app-id "${SPARK_APPLICATION_ID:?}" \
        --hostname "${SPARK_EXECUTOR_POD_IP:?}" \
        --resourceProfileId "${SPARK_RESOURCE_PROFILE_ID:?}" \
        --podName "${SPARK_EXECUTOR_POD_NAME:?}"
}

role=${1:-}
case "$role" in
    driver) shift && drive "$@" ;;
    executor) shift && execute "$@" ;;
    *) exec "$@" ;;
esac
