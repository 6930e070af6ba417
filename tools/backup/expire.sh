#!/usr/bin/env bash
# Ends backups that are older than they may be: expire.sh FOLDER DAYS
# The newest of each kind stays, however old: a backup that stopped running must not end in none at all.
set -euo pipefail
folder=$1 days=$2
for kind in dump.cms tar.cms; do
  find "$folder" -maxdepth 1 -name "*.$kind" -printf '%T@ %p\n' | sort -rn | tail -n +2 | cut -d' ' -f2- |
    while IFS= read -r file; do find "$file" -mtime "+$days" -delete; done
done
find "$folder" -maxdepth 1 -name '*.wal.cms*' -mtime "+$days" -delete
