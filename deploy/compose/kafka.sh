#!/bin/bash
# Starts the broker as its variables say. The image's own start knows no accounts, so the storage is
# made here, with the two that a broker is born with; the step `topics` makes the others.
set -euo pipefail
umask 077
kafka=${KAFKA_HOME:-/opt/kafka} told=${TOLD:-/tmp/kafka}
mkdir -p "$told"

env | while IFS='=' read -r name value; do
  [[ $name == KAFKA_* && $name != KAFKA_HOME && $name != *_OPTS ]] || continue
  name=${name#KAFKA_} name=${name,,} name=${name//___/-}
  echo "${name//_/.}=$value"
done >"$told/server.properties"

cat >"$told/operators.properties" <<END
security.protocol=SASL_PLAINTEXT
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
username="operators" password="$OPERATORS_PASSWORD";
END

# It says what it wrote of the accounts, so nobody is to hear it; why it failed goes to the errors.
"$kafka/bin/kafka-storage.sh" format --ignore-formatted --cluster-id "$CLUSTER_ID" \
  --config "$told/server.properties" \
  --add-scram "SCRAM-SHA-512=[name=operators,password=$OPERATORS_PASSWORD]" \
  --add-scram "SCRAM-SHA-512=[name=brokers,password=$BROKERS_PASSWORD]" >/dev/null
exec "$kafka/bin/kafka-server-start.sh" "$told/server.properties"
