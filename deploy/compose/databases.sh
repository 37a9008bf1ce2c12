#!/bin/bash
# For each service a database, its owner, which runs the migrations, and the role that the service logs
# in as. Made once, when the server's folder is empty.
set -euo pipefail
# services:begin (make generate)
services='identity catalogue documents applications ministries notifications cases programme issuance'
# services:end
for service in $services; do
  psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --username postgres \
    -v service="$service" -v owner="${service}_owner" -v password="$SERVICE_PASSWORD" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE ROLE :"owner" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"owner";
REVOKE CONNECT, TEMPORARY ON DATABASE :"service" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"service" TO :"service";
SQL
done
