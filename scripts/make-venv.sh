#!/bin/bash
# make-venv.sh FOLDER REQUIREMENTS: puts the pinned packages of a file into a virtual environment of the project's own.
# Does nothing, and needs no network, when they have been put there before.
set -euo pipefail
folder=$1
requirements=$2

stamp="$folder/$(echo "$requirements" | tr / -)"
if [ -x "$folder/bin/python" ] && cmp -s "$requirements" "$stamp"; then exit 0; fi
echo "Putting the Python packages of $requirements into $folder"
[ -x "$folder/bin/python" ] || python3 -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
cp "$requirements" "$stamp"
