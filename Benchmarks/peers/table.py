"""Makes one table of what `scripts/peers.sh` has kept: every peer beside Millrace on the same input.

    table.py FOLDER PEER...

FOLDER holds for each peer `PEER.own`, what Millrace printed right before the peer's turn, and either `PEER.out`, what
the peer printed, or `PEER.failed`, which says why there is nothing. Both outputs have one CHECK and one RESULT line.
Ends with 1 where a CHECK differs from Millrace's, and with 0 otherwise: a peer that did not run is no fault of others.
"""

import statistics
import sys
from pathlib import Path

HEAD = ("program", "version", "trades/s", "Millrace in turn", "Millrace / program", "CHECK")


class Output:
    """The CHECK line of a program's output, and what its RESULT line says by name."""

    def __init__(self, text):
        lines = text.splitlines()
        checks = [line for line in lines if line.startswith("CHECK ")]
        results = [line for line in lines if line.startswith("RESULT orderflow-v1 ")]
        if len(checks) != 1 or len(results) != 1:
            raise ValueError("it printed no single CHECK and RESULT")
        self.check = checks[0]
        self.facts = dict(word.split("=", 1) for word in results[0].split() if "=" in word)
        self.speed = self.number("trades_per_second")

    def number(self, name):
        value = self.facts.get(name, "")
        if not value.isdigit() or int(value) == 0:
            raise ValueError(f"its RESULT has no {name}")
        return int(value)


def text(path):
    return path.read_text(errors="replace") if path.is_file() else ""


def short(speed):
    """Three figures, as more would say nothing."""
    if speed >= 1e6:
        return f"{speed / 1e6:.3g} M" if speed < 1e8 else f"{speed / 1e6:.0f} M"
    return f"{speed / 1e3:.3g} k" if speed >= 1e3 else f"{speed:.0f}"


def times(ratio):
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def peer_row(folder, peer):
    """The peer's row, and whether its CHECK differs."""
    reason = text(folder / f"{peer}.failed").strip()
    if not reason:
        try:
            theirs = Output(text(folder / f"{peer}.out"))
        except ValueError as error:
            reason = str(error)
    if reason:
        return (peer, "–", "–", "–", "–", f"not run: {' '.join(reason.split())}"), False
    version = theirs.facts.get("version", "–")
    try:
        own = Output(text(folder / f"{peer}.own"))
    except ValueError:
        alone = "nothing to compare with: Millrace did not run"
        return (peer, version, short(theirs.speed), "–", "–", alone), False
    ratio = own.speed / theirs.speed
    equal = own.check == theirs.check
    verdict = "equal" if equal else f"DIFFERS: {theirs.check[6:]} in place of {own.check[6:]}"
    return (peer, version, short(theirs.speed), short(own.speed), times(ratio), verdict), not equal


def own_rows(folder, peers):
    """Millrace and its C twin: the medians of all turns."""
    runs = []
    for peer in peers:
        try:
            runs.append(Output(text(folder / f"{peer}.own")))
        except ValueError:
            continue
    if not runs:
        return []
    own = statistics.median(run.speed for run in runs)
    twin = statistics.median(run.number("c_trades_per_second") for run in runs)
    return [
        ("millrace", "–", short(own), "–", "1", "–"),
        ("C by hand", "–", short(twin), "–", times(own / twin), "–"),
    ]


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: table.py FOLDER PEER...")
    folder, peers = Path(sys.argv[1]), sys.argv[2:]
    rows = [peer_row(folder, peer) for peer in peers]
    print(table([HEAD] + own_rows(folder, peers) + [row for row, _ in rows]))
    sys.exit(1 if any(differs for _, differs in rows) else 0)


if __name__ == "__main__":
    main()
