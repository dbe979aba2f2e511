#!/usr/bin/env bash
# Puts Pulumi's CLI into DIR/pulumi; a second call does nothing. It is downloaded where Pulumi's site can be reached, else
# built from its Go modules, which takes ten minutes of a processor. For tests of deploys to Google Cloud, which find it by
# AL_PULUMI=DIR/pulumi.
#   scripts/pulumi-cli.sh DIR
set -euo pipefail
# The newest release whose modules the proxy hands out.
version=v3.250.0
[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
if command -v flock >/dev/null; then exec 9>"$dir/lock" && flock 9; fi
if [ "$(cat "$dir/installed" 2>/dev/null)" = "$version" ] && [ -x "$dir/pulumi" ]; then exit 0; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
case $(uname -m) in aarch64 | arm64) arch=arm64 ;; *) arch=x64 ;; esac
url=https://get.pulumi.com/releases/sdk/pulumi-$version-$(uname -s | tr '[:upper:]' '[:lower:]')-$arch.tar.gz
if curl --fail --silent --location --max-time 120 "$url" | tar xz pulumi/pulumi 2>/dev/null; then
  mv pulumi/pulumi "$dir/pulumi"
  echo "$version" > "$dir/installed"
  exit 0
fi
# Its own go.mod replaces modules by directories, which `go install` refuses of what it downloads.
cat > go.mod <<GO
module pulumi-cli
go 1.24
require (
	github.com/pulumi/pulumi/pkg/v3 $version
	github.com/pulumi/pulumi/sdk/v3 $version
)
GO
cat > tools.go <<'GO'
//go:build tools

package cli

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
GO
nice go build -mod=mod -trimpath \
  -ldflags "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=$version" \
  -o "$dir/pulumi" github.com/pulumi/pulumi/pkg/v3/cmd/pulumi
echo "$version" > "$dir/installed"
