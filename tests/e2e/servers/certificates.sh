#!/bin/sh
# Print an authority's certificate, and a server's certificate and key that it signed for the hosts
# given: `certificates.sh HOST...`, in PEM, an empty line after each of the three.
set -eu
cd "$(mktemp -d)"
names=$(printf ',DNS:%s' "$@")
new() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2 "$@" 2>log \
    || { cat log >&2; exit 1; }
}
new -subj '/CN=Authority of the tests' -keyout ca.key -out ca.crt \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
new -subj '/CN=Servers of the tests' -keyout tls.key -out tls.crt -CA ca.crt -CAkey ca.key \
  -addext basicConstraints=critical,CA:FALSE -addext "subjectAltName=${names#,}"
for part in ca.crt tls.crt tls.key; do
  cat "$part"
  echo
done
