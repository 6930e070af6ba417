#!/usr/bin/env bash
# Encrypts stdin for the holder of a key: seal.sh CERTIFICATE <plain >sealed
#
# Whoever makes backups holds the certificate only, and cannot read what was backed up. Each database has a certificate of
# its own. CMS with AES-256-GCM: a changed byte is refused when it is opened. Making a pair:
#   openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj /CN=payments-backups -keyout payments.key -out payments.crt
set -euo pipefail
exec openssl cms -encrypt -binary -stream -outform DER -aes-256-gcm -recip "$1" -keyopt rsa_padding_mode:oaep
