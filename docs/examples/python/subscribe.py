"""Subscribes to topics, prints every update, and notices what is missing. Needs pyzmq.

Usage: subscribe.py [--secret FILE --server FILE] [ENDPOINT [PREFIX ...]]

An endpoint with keys wants the file of your own secret key, which `millrace keys new` makes, and the endpoint's .key file.

Prints one line for each message (topic, number of its first update, count of updates, the message if it is JSON) and
  HOLE TOPIC EXPECTED RECEIVED   when numbers of a topic did not come,
  TAIL EXPECTED RECEIVED         when a heartbeat shows that the last positions did not come (all topics only),
  RESTART PUBLISHER              when the publisher began a new run.
"""

import argparse
import json
import struct
import sys

HEADER = struct.Struct("<4H")  # block length, template, schema, version
HEAD = struct.Struct("<q3Qq")  # publish time, position, publisher, first number, size step
DIMENSIONS = struct.Struct("<2H")  # bytes of an update's fixed part, number of updates
SCHEMA, VERSION = 0x4D4C, 1


class TopicReader:
    """Reads the numbers of one topic: the twin of Sources/Wire/TopicReader.swift.

    `latest` takes a hole as conflation; `lossless` delivers nothing behind a hole until a replay has filled it.
    """

    def __init__(self, lossless=False, next_number=0):
        self.lossless = lossless
        self.next = next_number  # 0: nothing read yet, the topic may begin anywhere
        self.goal = 0
        self.state = "behind"
        self.missing = 0

    def receive(self, first, count=1):
        """Returns ("deliver", updates to skip), ("hole", expected, received) or ("duplicate",)."""
        end = first + count
        if self.next == 0:
            self.next = first
        if first > self.next:
            expected = self.next
            if self.lossless:
                self.goal = max(self.goal, end)
                self.state = "catching up"
            else:
                self.missing += first - expected
                self.next = end
                self.state = "live"
            return ("hole", expected, first)
        old = self.next - first
        if old >= count:
            return ("duplicate",)
        self.next = end
        if end >= self.goal:
            self.state = "live"
        return ("deliver", old)

    def publisher_changed(self, first):
        """A topic whose state was kept goes on; one that began anew counts from 1 again."""
        if first < self.next:
            self.next, self.goal, self.state = first, 0, "behind"


def head_of(payload):
    """Position, publisher, first number and count of a message in either encoding."""
    if payload[:1] == b"{":
        update = json.loads(payload)
        return update["position"], update["publisher"], update["number"], 1
    _, _, schema, version = HEADER.unpack_from(payload)
    if (schema, version) != (SCHEMA, VERSION):
        raise ValueError(f"schema {schema} version {version} is not known here")
    _, position, publisher, first, _ = HEAD.unpack_from(payload, HEADER.size)
    _, count = DIMENSIONS.unpack_from(payload, HEADER.size + HEAD.size)
    return position, f"{publisher:016x}", first, count


class StreamReader:
    """Reads one publisher's stream and says in lines what happened."""

    def __init__(self, all_topics):
        self.all_topics = all_topics
        self.readers = {}  # topic -> its reader and the publisher's run that it last read
        self.publisher = None
        self.position = 0

    def receive(self, topic, payload):
        position, publisher, first, count = head_of(payload)
        if publisher != self.publisher:
            if self.publisher is not None:
                yield f"RESTART {publisher}"
            self.publisher, self.position = publisher, 0
        if topic.startswith("heartbeat/"):
            if self.all_topics and 0 < self.position < position:
                yield f"TAIL {self.position + 1} {position + 1}"
            self.position = max(self.position, position)
        else:
            self.position = max(self.position, position + count - 1)
        reader, run = self.readers.get(topic, (TopicReader(), publisher))
        if run != publisher:
            reader.publisher_changed(first)
        self.readers[topic] = (reader, publisher)
        action = reader.receive(first, count)
        if action[0] == "hole":
            yield f"HOLE {topic} {action[1]} {action[2]}"
        if action[0] != "duplicate":
            yield f"{topic} {first} {count} {payload.decode() if payload[:1] == b'{' else ''}".rstrip()


def main():
    import zmq

    import zmq.auth

    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--secret")
    parser.add_argument("--server")
    parser.add_argument("endpoint", nargs="?", default="tcp://127.0.0.1:5556")
    parser.add_argument("prefixes", nargs="*")
    choices = parser.parse_args()
    prefixes = choices.prefixes or [""]
    socket = zmq.Context().socket(zmq.SUB)
    if choices.secret:
        socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(choices.secret)
        socket.curve_serverkey, _ = zmq.auth.load_certificate(choices.server)
    socket.connect(choices.endpoint)
    for prefix in prefixes:
        socket.subscribe(prefix)
    stream = StreamReader(all_topics="" in prefixes)
    while True:
        topic, payload = socket.recv_multipart()
        for line in stream.receive(topic.decode(), payload):
            print(line, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
