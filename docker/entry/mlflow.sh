#!/bin/sh
# MLflow's server over a sqlite store.
# MLFLOW_HOST (0.0.0.0), MLFLOW_PORT (5000), MLFLOW_DATA (/data/mlflow),
# MLFLOW_ALLOWED_HOSTS (mlflow:5000 and localhost: the server answers no other Host header)
set -eu
port=${MLFLOW_PORT:-5000}
data=${MLFLOW_DATA:-/data/mlflow}
mkdir -p "$data"
exec mlflow server \
    --host "${MLFLOW_HOST:-0.0.0.0}" --port "$port" --workers 1 \
    --allowed-hosts "${MLFLOW_ALLOWED_HOSTS:-mlflow:$port,localhost:$port,127.0.0.1:$port}" \
    --backend-store-uri "sqlite:///$data/mlflow.db" \
    --artifacts-destination "$data/artifacts"
