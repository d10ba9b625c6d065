"""Decodes binary messages from the schema alone, with the package `sbe`, and prints each as one line of JSON.

Usage: decode_with_schema.py SCHEMA MESSAGES, one message in hexadecimal a line
"""

import json
import math
import sys

import sbe


def plain(value):
    """JSON knows no NaN, and not every reader of it reads doubles to the last bit: they go as text."""
    if isinstance(value, float):
        return None if math.isnan(value) else repr(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


with open(sys.argv[1], encoding="utf-8") as file:
    schema = sbe.Schema.parse(file)
with open(sys.argv[2], encoding="utf-8") as file:
    messages = file.read().split()
for message in messages:
    message = schema.decode(bytes.fromhex(message))
    print(json.dumps({"name": message.message_name, "header": message.header, "value": plain(message.value)}))
