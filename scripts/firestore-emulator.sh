#!/usr/bin/env bash
# firestore-emulator.sh PORT: Firestore's emulator on loopback, in the foreground and as this very process, so that the
# caller can end it by its pid. Exits 2, with a line that says why, where it cannot be had.
# It is started as `gcloud emulators firestore start` does, without the two seconds of Python before it.
set -euo pipefail
port=${1:?usage: firestore-emulator.sh PORT}
missing() {
  echo "no Firestore emulator: $1" >&2
  exit 2
}
command -v java >/dev/null || missing 'java is not installed'
command -v gcloud >/dev/null || missing 'gcloud is not installed'
gcloud=$(readlink -f "$(command -v gcloud)")
jar="$(dirname "$gcloud")/../platform/cloud-firestore-emulator/cloud-firestore-emulator.jar"
[ -f "$jar" ] || missing 'run `gcloud components install cloud-firestore-emulator`'
exec java -Duser.language=en -cp "$jar" com.google.cloud.datastore.emulator.firestore.CloudFirestore \
  start --host=127.0.0.1 --port="$port"
