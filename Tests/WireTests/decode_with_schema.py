"""Decodes binary messages from the schema alone, with the package `sbe`, and prints each as one line of JSON.

Usage: decode_with_schema.py SCHEMA < lines of hexadecimal
"""

import json
import math
import sys

import sbe


def plain(value):
    """JSON knows no NaN."""
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


with open(sys.argv[1], encoding="utf-8") as file:
    schema = sbe.Schema.parse(file)
for line in sys.stdin:
    message = schema.decode(bytes.fromhex(line))
    print(json.dumps({"name": message.message_name, "header": message.header, "value": plain(message.value)}))
