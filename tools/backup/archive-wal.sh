#!/usr/bin/env bash
# For PostgreSQL's archive_command: archive-wal.sh %p %f ARCHIVE CERTIFICATE
# A segment is there whole or not at all, and never replaced: PostgreSQL tries again until this succeeds. After a crash it may
# archive again what it did not note as archived. A sealed segment cannot be compared, so the digest of the plain one is kept
# beside it; it tells nothing of what is inside.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
path=$1 name=$2 archive=$3 certificate=$4
target=$archive/$name.wal.cms
digest=$(sha256sum <"$path")
if [ -e "$target" ]; then
  if [ "$digest" != "$(cat "$target.sha256" 2>/dev/null)" ]; then
    echo "$target is there already, with something else in it" >&2
    exit 1
  fi
  sync "$target" "$archive"
  exit 0
fi
echo "$digest" >"$target.sha256"
sync "$target.sha256"
"$here/seal.sh" "$certificate" <"$path" >"$target.unfinished"
sync "$target.unfinished"
mv "$target.unfinished" "$target"
sync "$archive"
