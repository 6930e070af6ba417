#!/usr/bin/env bash
# For PostgreSQL's archive_command: archive-wal.sh %p %f ARCHIVE CERTIFICATE
# A segment is there whole or not at all, and never replaced: PostgreSQL tries again until this succeeds.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
path=$1 name=$2 archive=$3 certificate=$4
target=$archive/$name.wal.cms
[ ! -e "$target" ] || { echo "$target is there already" >&2 && exit 1; }
"$here/seal.sh" "$certificate" <"$path" >"$target.unfinished"
sync "$target.unfinished"
mv "$target.unfinished" "$target"
