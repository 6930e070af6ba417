#!/usr/bin/env bash
# Decrypts what seal.sh encrypted: open.sh CERTIFICATE KEY <sealed >plain
set -euo pipefail
exec openssl cms -decrypt -binary -inform DER -recip "$1" -inkey "$2"
