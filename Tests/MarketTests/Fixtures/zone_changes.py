#!/usr/bin/env python3
"""Writes zone_changes.txt: the offsets of time zones as Python's zoneinfo sees them.

An independent reading of the IANA database, to test our own against. Each line is
`zone second offset`: from that second (UTC) on the clock runs `offset` seconds east of Greenwich; a zone's first line
is where its table starts. The last line of a zone, `zone second end`, is where it ends. Zones whose governments still
change the rules by decree end in 2023, so that a newer database does not contradict the table.
"""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

SETTLED = [
    "America/New_York", "America/Chicago", "America/Los_Angeles", "Europe/London", "Europe/Berlin", "Europe/Dublin",
    "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Hong_Kong", "Australia/Sydney", "Australia/Lord_Howe",
    "Asia/Jerusalem", "Etc/UTC",
]
UNSETTLED = ["Africa/Casablanca", "America/Sao_Paulo", "Pacific/Apia", "Asia/Tehran", "America/Nuuk", "Europe/Moscow"]
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def offset(zone, second):
    instant = EPOCH + timedelta(seconds=second)
    return int(instant.astimezone(zone).utcoffset().total_seconds())


def changes(name, first_year, last_year):
    zone = ZoneInfo(name)
    start = int((datetime(first_year, 1, 1, tzinfo=timezone.utc) - EPOCH).total_seconds())
    end = int((datetime(last_year + 1, 1, 1, tzinfo=timezone.utc) - EPOCH).total_seconds())
    current = offset(zone, start)
    yield start, current
    for day in range(start, end, 86_400):
        if offset(zone, day + 86_400) == current:
            continue
        low, high = day, day + 86_400
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if offset(zone, middle) == current else (low, middle)
        current = offset(zone, high)
        yield high, current
    yield end, "end"


def main():
    lines = []
    for name in SETTLED + UNSETTLED:
        first = 1976 if name in ("America/New_York", "America/Chicago") else 2010
        last = 2099 if name in ("America/New_York", "America/Chicago") else 2035 if name in SETTLED else 2023
        lines += [f"{name} {second} {value}" for second, value in changes(name, first, last)]
    Path(__file__).with_name("zone_changes.txt").write_text("\n".join(lines) + "\n")


main()
