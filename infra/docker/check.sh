#!/usr/bin/env bash
# Does what the Dockerfile's build stage does, without a container engine: copies what it copies into an empty folder, and runs its RUN lines there. It
# finds files that the Dockerfile forgot, and a publish that breaks. With --no-publish the packages are restored and nothing is compiled, which takes seconds
# in place of minutes. Knows WORKDIR, COPY and RUN of one line each; that is all the build stage has. Needs git, the .NET SDK, clang or gcc, zlib's header.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
publish=true
[[ ${1:-} == --no-publish ]] && publish=false

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Another check may run at the same time, and build servers outlive the folder.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
# Debian's gcc links as well as clang does.
command -v clang >/dev/null || export CppCompilerAndLinker=gcc

# Files as the engine would send them: what git knows or would add, which leaves out bin and obj as the ignore file does.
copy() { # source… target
  local target=${*: -1} source file path
  for source in "${@:1:$#-1}"; do
    while IFS= read -r -d '' file; do
      path=$([[ $source == */ ]] && echo "$target${file#"$source"}" || echo "$target${file##*/}")
      mkdir -p "$(dirname "$path")"
      cp "$repository/$file" "$path"
      copied=$((copied + 1))
    done < <(git -C "$repository" ls-files -zco --exclude-standard -- "$source")
    ((copied > 0)) || { echo "COPY $source: there is no such file" >&2; exit 1; }
    copied=0
  done
}

run() {
  if [[ $1 == apt-get* ]]; then
    [[ -e /usr/include/zlib.h ]] && { command -v clang || command -v gcc; } >/dev/null || { echo "needed: clang or gcc, and zlib1g-dev" >&2; exit 1; }
  elif [[ $1 == "dotnet publish "* && $publish == false ]]; then
    # Packages depend on the properties, so those count here too.
    local words properties
    read -ra words <<<"$1"
    mapfile -t properties < <(printf '%s\n' "${words[@]}" | grep -e '^-p:')
    dotnet restore "${words[2]}" --use-current-runtime "${properties[@]}"
  else
    bash -euo pipefail -c "$1"
  fi
}

copied=0
stage=
while read -r instruction arguments; do
  case $instruction in
    FROM) [[ -z $stage ]] || break; stage=${arguments##* } ;;
    WORKDIR) mkdir -p "$root$arguments" && cd "$root$arguments" ;;
    COPY) echo "COPY $arguments"; read -ra words <<<"$arguments"; copy "${words[@]}" ;;
    RUN) echo "RUN $arguments"; run "$arguments" </dev/null ;;
    '' | '#'*) ;;
    *) echo "$instruction is nothing that this script knows" >&2; exit 1 ;;
  esac
done <"$here/Dockerfile"

if [[ $publish == true ]]; then
  ls -l out/injector
  out/injector bundle check "$repository/infra/bundles/log-shipper"
fi
echo "The build stage works."
