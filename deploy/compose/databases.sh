#!/bin/bash
# A database and a role per service, made once, when the server's folder is empty.
set -euo pipefail
# services:begin (make generate)
services='identity catalogue applications ministries notifications'
# services:end
for service in $services; do
  psql --no-psqlrc --quiet -v ON_ERROR_STOP=1 --username postgres \
    -v service="$service" -v password="$SERVICE_PASSWORD" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service";
REVOKE CONNECT ON DATABASE :"service" FROM PUBLIC;
SQL
done
