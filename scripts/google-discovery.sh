#!/usr/bin/env bash
# Puts Google's descriptions of its REST APIs (discovery documents) into DIR; a second call does nothing. They come with
# Google's Python client on PyPI, which is not installed. Needs pip and python3.
#   scripts/google-discovery.sh DIR
# Tests check requests to Google against them where AL_GOOGLE_DISCOVERY is this directory.
set -euo pipefail
version=2.202.0
[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd)
if command -v flock >/dev/null; then exec 9>"$dir/lock" && flock 9; fi
if [ "$(cat "$dir/installed" 2>/dev/null)" = "$version" ]; then exit 0; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pip=(python3 -m pip)
if ! "${pip[@]}" --version >/dev/null 2>&1; then
  python3 -m venv "$work/python" && pip=("$work/python/bin/pip")
fi
"${pip[@]}" download --quiet --disable-pip-version-check --no-deps --dest "$work" "google-api-python-client==$version"
python3 - "$work" "$dir" <<'PYTHON'
import glob, os, sys, zipfile
work, target = sys.argv[1:]
wanted = {
    'aiplatform.v1', 'artifactregistry.v1', 'cloudbilling.v1', 'cloudbuild.v1', 'cloudfunctions.v2',
    'cloudresourcemanager.v1', 'cloudresourcemanager.v3', 'cloudscheduler.v1', 'firestore.v1', 'iam.v1',
    'iamcredentials.v1', 'logging.v2', 'oauth2.v2', 'pubsub.v1', 'run.v2', 'secretmanager.v1', 'serviceusage.v1',
    'storage.v1', 'sts.v1',
}
with zipfile.ZipFile(glob.glob(work + '/*.whl')[0]) as wheel:
    for name in wheel.namelist():
        base = os.path.basename(name)
        if '/discovery_cache/documents/' in name and base[:-len('.json')] in wanted:
            with open(os.path.join(target, base), 'wb') as file:
                file.write(wheel.read(name))
PYTHON
# Last, so that a directory left half-way is made again.
echo "$version" >"$dir/installed"
