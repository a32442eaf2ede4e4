#!/usr/bin/env bash
# Builds the Go pipeline that our engine is compared with and prints its path. Go, sprig and yaml are Debian 12's packages; strategicpatch and the API
# types come from Debian's source package `kubernetes`, as the API server of the tests does (../kube-apiserver). About 40 MB of downloads and a minute.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${PEERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sidecar-injector-peers}
binary=$cache/pipeline-$(cat "$here"/pipeline/*.go | sha256sum | cut -c1-16)
if [[ -x $binary ]]; then
  echo "$binary"
  exit 0
fi
exec 3>&1 1>&2   # progress to stderr: stdout carries the path alone

packages=(dpkg-dev golang-1.19-go golang-github-masterminds-sprig-dev golang-k8s-sigs-yaml-dev)
if ! dpkg -s "${packages[@]}" >/dev/null 2>&1; then
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "${packages[@]}"
fi

source=$cache/gopath/src/k8s.io/kubernetes
if [[ ! -d $source ]]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  # The source lists that are set up here, as deb-src, in a private copy of apt's state.
  mkdir -p "$work"/apt/{sources,lists/partial} "$work/src" "${source%/*}"
  sed 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >"$work/apt/sources/src.sources"
  private=(-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/apt/sources" -o Dir::State::lists="$work/apt/lists")
  apt-get "${private[@]}" update -q
  (cd "$work/src" && apt-get "${private[@]}" source -q kubernetes)
  mv "$work"/src/kubernetes-*/ "$source"
fi

# The program stands inside of the Kubernetes tree, so that its vendored packages are found; sprig and what it needs are laid beside them.
rm -rf "$source/cmd/pipeline"
cp -r "$here/pipeline" "$source/cmd/pipeline"
export PATH=/usr/lib/go-1.19/bin:$PATH GOPATH=$cache/gopath:/usr/share/gocode GOCACHE=$cache/gocache
export GO111MODULE=off GOPROXY=off CGO_ENABLED=0
cd "$source"
go vet ./cmd/pipeline
go build -o "$binary" k8s.io/kubernetes/cmd/pipeline
echo "$binary" >&3
