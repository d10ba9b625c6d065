#!/bin/bash
# Checks what needs no build: layout of the Swift code, syntax of Python and shell, the files of deploy/.
set -uo pipefail
status=0

scripts/swift-files.sh | xargs -0 swift format lint --strict --configuration .swift-format || status=1

while IFS= read -r -d '' file; do
    python3 -m py_compile "$file" || status=1
done < <(git ls-files -z --cached --others --exclude-standard -- '*.py')

for file in scripts/*.sh .ci/run; do bash -n "$file" || status=1; done

# The units name a program that need not be installed here: another one stands in for it.
if command -v systemd-analyze >/dev/null; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    for unit in deploy/millrace.service deploy/millrace@.service deploy/millrace.target; do
        sed 's|/usr/local/bin/millrace|/bin/true|' "$unit" >"$folder/${unit##*/}"
    done
    systemd-analyze verify "$folder"/millrace.service "$folder/millrace@feed.service" "$folder/millrace.target" ||
        status=1
fi

python=${MILLRACE_PYTHON:-.venv/bin/python}
if "$python" -c 'import compose_spec, kubernetes_validate, yaml' 2>/dev/null; then
    "$python" scripts/check-deploy.py || status=1
else
    scripts/warn.sh "The Python packages of Tests/requirements.txt are missing: deploy/ is not checked."
fi

[ "$status" -eq 0 ] && echo "lint: nothing to say"
exit "$status"
