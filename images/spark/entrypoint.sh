#!/usr/bin/env bash
# The entry point contract of the official Spark images: `driver ARGS`, `executor`, anything else is run as it is.
set -eo pipefail

: "${SPARK_HOME:=/opt/spark}"
user_id=$(id -u)
if ! getent passwd "$user_id" >/dev/null && [ -w /etc/passwd ]; then
  echo "spark:x:$user_id:$(id -g):${SPARK_USER_NAME:-anonymous uid}:$SPARK_HOME:/bin/false" >>/etc/passwd
fi

# In the order of their numbers, as Spark wrote them.
java_options=()
number=0
while name="SPARK_JAVA_OPT_$number" && [ -n "${!name+set}" ]; do
  java_options+=("${!name}")
  number=$((number + 1))
done

if [ -n "$PYSPARK_PYTHON" ]; then export PYSPARK_PYTHON; fi
if [ -n "$PYSPARK_DRIVER_PYTHON" ]; then export PYSPARK_DRIVER_PYTHON; fi

# The pod's own address: several pods share one network here, and each keeps Spark's usual ports on its address.
address=${SPARK_DRIVER_BIND_ADDRESS:-$SPARK_EXECUTOR_POD_IP}
if [ -n "$address" ]; then export SPARK_LOCAL_IP=${SPARK_LOCAL_IP:-$address}; fi

class_path="$SPARK_CLASSPATH:$SPARK_HOME/jars/*"
if [ -n "$SPARK_EXTRA_CLASSPATH" ]; then class_path="$class_path:$SPARK_EXTRA_CLASSPATH"; fi
if [ -n "$SPARK_CONF_DIR" ]; then class_path="$SPARK_CONF_DIR:$class_path"; fi
if [ -n "$HADOOP_CONF_DIR" ]; then class_path="$HADOOP_CONF_DIR:$class_path"; fi
class_path="$class_path:$PWD"

# The file after --properties-file among the arguments.
properties_file() {
  while [ $# -gt 1 ]; do
    if [ "$1" = --properties-file ]; then
      echo "$2"
      return
    fi
    shift
  done
}

case "$1" in
  driver)
    shift
    options=(--conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS"
             --conf "spark.executorEnv.SPARK_DRIVER_POD_IP=$SPARK_DRIVER_BIND_ADDRESS")
    # The API server listens on a port of its own choice, where Spark expects kubernetes.default.svc:443.
    file=$(properties_file "$@")
    if [ -n "$KUBERNETES_SERVICE_HOST" ] &&
        ! { [ -r "$file" ] && grep -q '^spark\.kubernetes\.driver\.master[=: ]' "$file"; }; then
      options+=(--conf "spark.kubernetes.driver.master=https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT")
    fi
    exec "$SPARK_HOME/bin/spark-submit" "${options[@]}" --deploy-mode client "$@"
    ;;
  executor)
    shift
    exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" "${java_options[@]}" \
      "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" \
      -cp "$class_path${SPARK_DIST_CLASSPATH:+:$SPARK_DIST_CLASSPATH}" \
      org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend \
      --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" \
      --cores "$SPARK_EXECUTOR_CORES" --app-id "$SPARK_APPLICATION_ID" \
      --hostname "$SPARK_EXECUTOR_POD_IP" --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" \
      --podName "$SPARK_EXECUTOR_POD_NAME"
    ;;
  *)
    exec "$@"
    ;;
esac
