#!/bin/sh
# Makes a Debian image with Node and the user node (1000), for machines that cannot pull one: debian-base.sh NAME
# Needs root, debootstrap and a Debian mirror. Does nothing when the image is there.
set -eu
name=${1:?usage: debian-base.sh NAME}
docker image inspect "$name" >/dev/null 2>&1 && exit 0

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" >&2
chroot "$root" /usr/sbin/useradd --uid 1000 --create-home --shell /bin/bash node
node=$(cd "$(dirname "$0")/.." && pwd)/node_modules/node/bin/node
install -m 0755 "$node" "$root/usr/local/bin/node"
echo "deb ${DEBIAN_MIRROR:-http://deb.debian.org/debian} bookworm main" >"$root/etc/apt/sources.list"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/archives/*.deb
tar -C "$root" --one-file-system -c . | docker import --change 'CMD ["bash"]' - "$name" >&2
