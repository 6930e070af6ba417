#!/usr/bin/env bash
# For PostgreSQL's restore_command: restore-wal.sh %f %p ARCHIVE CERTIFICATE KEY
# Where there is no such segment it ends with 1, by which PostgreSQL knows the end of the log; a segment that cannot be opened
# ends recovery with an error (126), because what follows it would be lost without a word.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
name=$1 path=$2 archive=$3 certificate=$4 key=$5
[ -e "$archive/$name.wal.cms" ] || exit 1
"$here/open.sh" "$certificate" "$key" <"$archive/$name.wal.cms" >"$path" || exit 126
