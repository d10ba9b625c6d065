#!/bin/bash
# Installs the Debian packages that building, running and testing need. Does nothing, and needs no network, when all of
# them are there. Asks nothing.
set -euo pipefail

packages=(
    libzmq3-dev      # ZeroMQ: links and the public endpoint
    libzstd-dev      # zstd: packed recordings
    zlib1g-dev       # gzip and zip: packed recordings
    libsimdjson-dev  # JSON of recorded feeds
    libssl-dev       # SHA-256 of the digest
    libpq-dev libsqlite3-dev libhiredis-dev  # the stores and the relay
    libwebsockets-dev  # the status endpoint
    postgresql-15 redis-server  # servers that tests start for themselves
    libc6-dev libstdc++-12-dev g++  # the C and C++ targets, and the C example
    tzdata           # zones of the session calendars
    python3 python3-venv  # test programs and the benchmark's input
)

if ! command -v dpkg-query >/dev/null; then
    scripts/warn.sh "This is no Debian: make sure that the equivalents of these are there: ${packages[*]}"
else
    missing=()
    for package in "${packages[@]}"; do
        status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true)
        [ "$status" = installed ] || missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        echo "Installing with apt-get: ${missing[*]}"
        as_root=()
        [ "$(id -u)" -eq 0 ] || as_root=(sudo)
        # env, because sudo drops the environment.
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "${missing[@]}"
    fi
fi

if ! command -v swift >/dev/null; then
    scripts/warn.sh "Swift 6.3 is missing: https://www.swift.org/install/linux/ says how to install it."
    exit 1
fi
