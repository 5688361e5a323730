#!/usr/bin/env bash
# Makes the keys and certificates of this folder anew. They are good for a hundred years from the day it is run.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
days=36500

issue() { # NAME SUBJECT ISSUER EXTENSIONS: a certificate for NAME.key
  openssl req -new -key "$1.key" -subj "$2" -out "$work/csr"
  printf '%b' "$4\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n" >"$work/ext"
  openssl x509 -req -in "$work/csr" -CA "$3.pem" -CAkey "$3.key" -days $days -sha256 -extfile "$work/ext" -out "$1.pem" -set_serial "$RANDOM$RANDOM"
}
root() { # NAME SUBJECT
  openssl req -x509 -key "$1.key" -subj "$2" -days $days -sha256 -addext keyUsage=critical,keyCertSign -out "$1.pem"
}

for name in root other-root intermediate rsa; do openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out $name.key; done
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out p256.key
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.key
root root "/O=policyc tests/CN=Root"
root other-root "/O=policyc tests/CN=Root"
issue intermediate "/O=policyc tests/CN=Intermediate" root "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign"
leaf="basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature"
for name in rsa p256 p384; do
  issue $name "/O=policyc tests/CN=Profiles ($name)" intermediate "$leaf\nextendedKeyUsage=emailProtection"
done
# Certificates for the key p256 that may not do what it does.
for name in encipher stamp critical issued-by-leaf; do cp p256.key $name.key; done
issue encipher "/CN=Encipherment" intermediate "keyUsage=critical,keyAgreement"
issue stamp "/CN=Time stamps" intermediate "extendedKeyUsage=critical,timeStamping"
issue critical "/CN=Critical" intermediate "nameConstraints=critical,permitted;DNS:acme.example"
issue issued-by-leaf "/CN=Issued by a leaf" rsa "$leaf"
# What nothing needs again.
rm encipher.key stamp.key critical.key issued-by-leaf.key root.key other-root.key intermediate.key
