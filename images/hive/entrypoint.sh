#!/usr/bin/env bash
# The contract of the official Hive images, for their metastore: SERVICE_NAME=metastore, DB_DRIVER, SERVICE_OPTS, and a
# configuration in $HIVE_HOME/conf. The schema is made when the database has none. Arguments are run as they are.
set -euo pipefail
if [ $# -gt 0 ]; then exec "$@"; fi

: "${HIVE_HOME:=/opt/hive}" "${SPARK_HOME:=/opt/spark}" "${DB_DRIVER:=derby}" "${SERVICE_OPTS:=}"
if [ "${SERVICE_NAME:-metastore}" != metastore ]; then
  echo "This local image has SERVICE_NAME=metastore alone, not $SERVICE_NAME; for SQL on port 10000 run Spark's Thrift server." >&2
  exit 64
fi

# Spark's logging, HTTP client and file systems; the metastore's own libraries but for those.
class_path=${HIVE_CONF_DIR:-$HIVE_HOME/conf}
for jar in "$SPARK_HOME"/jars/{log4j,slf4j-api,jcl-over-slf4j,hadoop-client,hadoop-aws,aws-java-sdk,jmespath-java,joda-time,ion-java}*.jar \
    "$SPARK_HOME"/jars/{jackson-dataformat-cbor,httpclient,httpcore,wildfly-openssl}*.jar "$HIVE_HOME"/lib/*.jar \
    "$SPARK_HOME"/jars/commons-*.jar; do
  case "${jar##*/}" in
    log4j-*-2.17.1.jar | httpc*-4.4.1.jar) continue ;;
  esac
  if [ -e "$jar" ]; then class_path+=:$jar; fi
done

# shellcheck disable=SC2086 -- options are words
run() { java -Dderby.stream.error.file=/tmp/derby.log -Dlog4j2.level=warn $SERVICE_OPTS -cp "$class_path" "$@"; }

schema_tool=org.apache.hadoop.hive.metastore.tools.MetastoreSchemaTool
if ! run "$schema_tool" -dbType "$DB_DRIVER" -info >/tmp/schema.log 2>&1; then
  echo "No schema in the database yet: making it"
  run "$schema_tool" -dbType "$DB_DRIVER" -initSchema >/tmp/schema.log 2>&1 || { cat /tmp/schema.log >&2; exit 1; }
fi
echo "The Hive metastore listens on port ${METASTORE_PORT:-9083}"
# shellcheck disable=SC2086
exec java -Dderby.stream.error.file=/tmp/derby.log -Xmx"${METASTORE_MEMORY:-512m}" $SERVICE_OPTS -cp "$class_path" \
  org.apache.hadoop.hive.metastore.HiveMetaStore -p "${METASTORE_PORT:-9083}"
