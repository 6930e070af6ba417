#!/usr/bin/env bash
# One sealed dump of one database, and the end of those that are older than they may be. Run it daily, once for each database:
#
#   PGHOST=vault-db.example PGDATABASE=payments PGUSER=backups PGPASSFILE=/run/secrets/pgpass \
#   BACKUP_NAME=payments BACKUP_CERTIFICATE=payments.crt BACKUP_FOLDER=/backups/payments BACKUP_KEEP_DAYS=35 tools/backup/dump.sh
#
# Where to connect is said in libpq's own variables, so that no password is an argument. pg_dump must be of the server's major
# version or newer. Nothing unsealed touches a disk.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
: "${BACKUP_NAME:?}" "${BACKUP_CERTIFICATE:?}" "${BACKUP_FOLDER:?}" "${BACKUP_KEEP_DAYS:?}"
umask 077

target=$BACKUP_FOLDER/$BACKUP_NAME-$(date -u +%Y%m%dT%H%M%SZ).dump.cms
trap 'rm -f "$target.unfinished"' EXIT
if ! pg_dump --format=custom --no-owner | "$here/seal.sh" "$BACKUP_CERTIFICATE" >"$target.unfinished"; then
  echo "No dump was made. This is $(pg_dump --version): where the server is newer, install the client of its major version" \
    "(postgresql-client-N of https://www.postgresql.org/download/)." >&2
  exit 1
fi
mv "$target.unfinished" "$target"
"$here/expire.sh" "$BACKUP_FOLDER" "$BACKUP_KEEP_DAYS"
echo "$target"
