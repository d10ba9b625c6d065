"""Drives the TopicReader of docs/examples/python: each line of the input file is `first count` or `changed first`.

Usage: compare_reader.py FOLDER-OF-THE-EXAMPLE lossless|latest NEXT INPUT
"""

import sys

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
from subscribe import TopicReader  # noqa: E402

reader = TopicReader(lossless=sys.argv[2] == "lossless", next_number=int(sys.argv[3]))
with open(sys.argv[4], encoding="utf-8") as file:
    for line in file:
        first, count = line.split()
        if first == "changed":
            reader.publisher_changed(int(count))
            print("changed", reader.state)
        else:
            print(*reader.receive(int(first), int(count)), reader.state)
