#!/bin/bash
# Checks what needs no build: layout of the Swift code, syntax of Python and shell, the systemd unit.
set -uo pipefail
status=0

scripts/swift-files.sh | xargs -0 swift format lint --strict --configuration .swift-format || status=1

while IFS= read -r -d '' file; do
    python3 -m py_compile "$file" || status=1
done < <(git ls-files -z --cached --others --exclude-standard -- '*.py')

for file in scripts/*.sh .ci/run; do bash -n "$file" || status=1; done

# The unit names a program that need not be installed here: another one stands in for it.
if command -v systemd-analyze >/dev/null; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    sed 's|/usr/local/bin/millrace|/bin/true|' deploy/millrace.service >"$folder/millrace.service"
    systemd-analyze verify "$folder/millrace.service" || status=1
fi

[ "$status" -eq 0 ] && echo "lint: nothing to say"
exit "$status"
