#!/usr/bin/env bash
# Makes a certificate authority and a certificate for the injector's Service, for clusters without cert-manager, and puts the certificate into the Secret that
# the Deployment mounts. Leaves ca.crt in the current folder for webhook-service.yaml; nobody keeps the authority's key, so a new certificate means a new
# authority: put both into caBundle while the pods change over. Arguments: how many days it is valid (default 365).
set -euo pipefail
days=${1:-365}
namespace=sidecar-injector
service=sidecar-injector

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$days" -subj "/CN=$service CA" \
  -keyout "$work/ca.key" -out "$work/ca.crt" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$service.$namespace.svc" -keyout "$work/tls.key" -out "$work/tls.csr" 2>/dev/null
openssl x509 -req -in "$work/tls.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -CAcreateserial -days "$days" -out "$work/tls.crt" 2>/dev/null \
  -extfile <(printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:%s.%s.svc\n' "$service" "$namespace")

kubectl create secret tls "$service-tls" --namespace "$namespace" --cert "$work/tls.crt" --key "$work/tls.key" --dry-run=client -o yaml | kubectl apply -f -
cp "$work/ca.crt" ca.crt
echo "The certificate is in the Secret $namespace/$service-tls; its authority is in ca.crt."
