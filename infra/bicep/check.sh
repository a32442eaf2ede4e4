#!/usr/bin/env bash
# Builds and lints the Bicep, and builds the example parameters; a warning fails as an error does, since Bicep itself calls a misspelt property a warning.
# Needs the .NET SDK and its package source alone: the Bicep compiler comes as a NuGet package and is kept in ~/.cache. Nothing is deployed and nobody is asked.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

version=0.49.2
package=Azure.Bicep.CommandLine.linux-x64
cache=${XDG_CACHE_HOME:-$HOME/.cache}/bicep
bicep=$cache/${package,,}/$version/tools/bicep

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

if [[ ! -x $bicep ]]; then
  dotnet package download "$package@$version" --output "$cache" >"$out/download.log" || { cat "$out/download.log" >&2; exit 1; }
  chmod +x "$bicep"
fi

log=$out/log
status=0
check() {
  echo "bicep $*"
  "$bicep" "$@" >>"$log" 2>&1 || status=1
}
check build main.bicep --outfile "$out/main.json"
check lint main.bicep
check build-params main.bicepparam --outfile "$out/main.parameters.json"

# Each command reports what it finds in the same files.
sort -u "$log"
if grep -qE '\) : (Warning|Error) ' "$log"; then
  status=1
fi
((status == 0)) && echo "The Bicep is in order."
exit "$status"
