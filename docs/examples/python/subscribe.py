"""Subscribes to topics, prints every update, and notices what is missing. Needs pyzmq.

Usage: subscribe.py [--lossless --replay ENDPOINT [--from-oldest]] [--secret FILE --server FILE] [ENDPOINT [PREFIX ...]]

An endpoint with keys wants the file of your own secret key, which `millrace keys new` makes, and the endpoint's .key file.

Prints one line for each message (topic, number of its first update, count of updates, the message if it is JSON) and
  HOLE TOPIC EXPECTED RECEIVED   when numbers of a topic did not come,
  TAIL EXPECTED RECEIVED         when a heartbeat shows that the last positions did not come (all topics only),
  RESTART PUBLISHER              when another publisher goes on with a topic.
Lossless, it asks the publisher's replay socket for what is missing, and prints instead of HOLE and TAIL
  LOST TOPIC EXPECTED RECEIVED   when nobody has it any more,
  SILENT QUESTION                when the replay socket does not answer.
"""

import argparse
import json
import struct
import sys

HEADER = struct.Struct("<4H")  # block length, template, schema, version
HEAD = struct.Struct("<q3Qq")  # publish time, position, publisher, first number, size step
DIMENSIONS = struct.Struct("<2H")  # bytes of an update's fixed part, number of updates
HEAD_POSITION = struct.Struct("<q")  # the first field of a heartbeat's body
BODY = HEADER.size + HEAD.size + DIMENSIONS.size + 56  # behind the head of the first update
SCHEMA, VERSION = 0x4D4C, 1
TOPIC_LIMIT = 256  # topics of one question


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
            self.next, self.goal, self.state = (1 if self.lossless else first), 0, "behind"

    def accept(self, number):
        """Goes on at a number though something before it is missing; returns what is lost, (expected, received)."""
        if number <= self.next:
            return None
        lost = (self.next, number) if self.next else None
        self.missing += number - self.next if lost else 0
        self.next = number
        if number >= self.goal:
            self.state = "live"
        return lost


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


def head_position_of(heartbeat):
    """How far the publisher has come, as its heartbeat says."""
    if heartbeat[:1] == b"{":
        return json.loads(heartbeat)["headPosition"]
    return HEAD_POSITION.unpack_from(heartbeat, BODY)[0]


class Topic:
    def __init__(self, reader, publisher, position=0):
        self.reader = reader
        self.publisher = publisher  # who sent the last message
        self.position = position  # of the last message that was delivered
        self.is_unsure = False  # whether something before the first message may be missing


class Publisher:
    def __init__(self):
        self.position = 0  # the highest that a message has carried
        self.checked = None  # up to where nothing is missing, as far as heartbeats have said


class StreamReader:
    """Reads an endpoint's stream and says in lines what happened: the twin of Sources/Wire/LosslessReader.swift.

    `ask` takes a question and returns the answer's head and its messages, or None. With it the stream is lossless:
    while it asks, the stream waits in its socket's queue.
    """

    def __init__(self, prefixes, ask=None, from_oldest=False):
        self.prefixes = [] if "" in prefixes else list(prefixes)
        self.ask = ask
        self.from_oldest = from_oldest
        self.topics = {}
        self.publishers = {}
        self.successors = set()

    def receive(self, topic, payload):
        head = head_of(payload)
        if topic.startswith("heartbeat/"):
            check = self.check_tail if self.ask else self.notice_tail
            yield from check(topic, payload, head)
            yield self.line(topic, payload, head, 0)
            return
        hole = yield from self.take(topic, payload, head)
        if not hole:
            return
        if not self.ask:
            yield f"HOLE {topic} {hole[0]} {hole[1]}"
            yield self.line(topic, payload, head, 0)
            return
        position, publisher, first, _ = head
        known = self.topics[topic]
        # The missing numbers lie between the topic's last message and this one.
        yield from self.fill(publisher, known.position, position - 1, [topic])
        yield from self.accept(topic, first)
        yield from self.take(topic, payload, head)

    def take(self, topic, payload, head):
        """Delivers a message, or returns the hole before it."""
        position, publisher, first, count = head
        source = self.publishers.setdefault(publisher, Publisher())
        source.position = max(source.position, position)
        known = self.topics.get(topic)
        if known is None:
            known = self.topics[topic] = self.begin(publisher, source, position, first)
            if known.is_unsure:
                return (0, first)
        if known.publisher != publisher:
            known.publisher, known.position = publisher, 0
            known.reader.publisher_changed(first)
            if publisher not in self.successors:
                self.successors.add(publisher)
                yield f"RESTART {publisher}"
        action = known.reader.receive(first, count)
        if action[0] == "deliver":
            known.position = max(known.position, position)
            yield self.line(topic, payload, head, action[1])
        return action[1:] if action[0] == "hole" else None

    def begin(self, publisher, source, position, first):
        """How a topic begins: lossless, it must be whole from the first heartbeat on."""
        if self.ask and self.from_oldest:
            return Topic(TopicReader(True, 1), publisher)
        known = Topic(TopicReader(self.ask is not None), publisher)
        if first > 1 and source.checked is not None and position > source.checked + 1:
            known.position, known.is_unsure = source.checked, True
        return known

    def line(self, topic, payload, head, skip):
        _, _, first, count = head
        return f"{topic} {first + skip} {count - skip} {payload.decode() if payload[:1] == b'{' else ''}".rstrip()

    def accept(self, topic, number):
        lost = self.topics[topic].reader.accept(number) if topic in self.topics else None
        if lost:
            yield f"LOST {topic} {lost[0]} {lost[1]}"

    def fill(self, publisher, after, up_to, topics):
        """Asks for a range until it is covered; what a replay lacks in the middle nobody has any more."""
        while after < up_to:
            question = {"ask": "replay", "publisher": publisher, "after": after, "upTo": up_to, "topics": topics}
            answer, messages = self.ask(question) or ({"error": "silent"}, [])
            for topic, payload in messages:
                head = head_of(payload)
                hole = yield from self.take(topic, payload, head)
                if hole:
                    yield from self.accept(topic, hole[1])
                    yield from self.take(topic, payload, head)
            if answer.get("error") == "before the oldest" and answer["oldest"] > after + 1:
                after = answer["oldest"] - 1
            elif answer.get("position", 0) > after:
                after = answer["position"]
            else:
                yield f"SILENT {json.dumps(question)} {answer.get('error', 'stands still')}"
                return

    def notice_tail(self, topic, payload, head):
        position, publisher, _, _ = head
        source = self.publishers.setdefault(publisher, Publisher())
        if not self.prefixes and 0 < source.position < position:
            yield f"TAIL {source.position + 1} {position + 1}"
        source.position = max(source.position, position)

    def check_tail(self, topic, payload, head):
        """Asks for what was published before a heartbeat and has not come."""
        publisher, head_position = head[1], head_position_of(payload)
        source = self.publishers.setdefault(publisher, Publisher())
        if source.checked is None:
            source.checked = 0 if self.from_oldest else max(head_position, source.position)
        if head_position <= source.checked:
            return
        question = {"ask": "numbers", "topics": self.prefixes, "publisher": publisher, "after": source.checked}
        answer = (self.ask(question) or (None, []))[0]
        if answer is None:
            yield f"SILENT {json.dumps(question)} silent"
            return
        checked, since, behind, waiting = source.checked, head_position, [], False
        if answer.get("left") == 0:
            since = min([line["since"] for line in answer["publishers"]] + [head_position])
            for line in answer["topics"]:
                known = self.topics.get(line["topic"])
                known = known if known and known.publisher == publisher else None
                if line["number"] < (known.reader.next if known else 0):
                    continue
                if line["position"] > head_position:
                    waiting = True  # under way: looked at again with the next heartbeat
                    continue
                behind.append((known.position if known else checked, line))
        if not waiting:
            source.checked = head_position
        if since > checked:  # what an earlier run has published
            yield from self.fill(publisher, checked, since, self.prefixes)
        for start in range(0, len(behind), TOPIC_LIMIT):
            some = behind[start : start + TOPIC_LIMIT]
            up_to = max(line["position"] for _, line in some)
            yield from self.fill(publisher, min(after for after, _ in some), up_to, [line["topic"] for _, line in some])
        for _, line in behind:
            yield from self.accept(line["topic"], line["number"] + 1)


class ReplaySocket:
    """Asks a publisher's replay socket. While nobody answers it asks again: the publisher may be starting anew."""

    def __init__(self, context, endpoint, protect, wait=2_000, attempts=10):
        import zmq

        self.zmq = zmq
        self.wait, self.attempts = wait, attempts
        self.socket = context.socket(zmq.REQ)
        protect(self.socket)
        self.socket.setsockopt(zmq.REQ_RELAXED, 1)
        self.socket.setsockopt(zmq.REQ_CORRELATE, 1)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(endpoint)

    def ask(self, question):
        for _ in range(self.attempts):
            self.socket.send(json.dumps(question).encode())
            if self.socket.poll(self.wait, self.zmq.POLLIN):
                head, *frames = self.socket.recv_multipart()
                return json.loads(head), [(frames[i].decode(), frames[i + 1]) for i in range(0, len(frames), 2)]
        return None


def main():
    import argparse

    import zmq
    import zmq.auth

    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--lossless", action="store_true")
    parser.add_argument("--replay")
    parser.add_argument("--from-oldest", action="store_true")
    parser.add_argument("--secret")
    parser.add_argument("--server")
    parser.add_argument("endpoint", nargs="?", default="tcp://127.0.0.1:5556")
    parser.add_argument("prefixes", nargs="*", default=[""])
    arguments = parser.parse_args()
    if arguments.lossless != bool(arguments.replay):
        parser.error("--lossless and --replay belong together")
    context = zmq.Context()

    def protect(socket):
        if arguments.secret:
            socket.curve_publickey, socket.curve_secretkey = zmq.auth.load_certificate(arguments.secret)
            socket.curve_serverkey, _ = zmq.auth.load_certificate(arguments.server)

    ask = ReplaySocket(context, arguments.replay, protect).ask if arguments.lossless else None
    stream = StreamReader(arguments.prefixes or [""], ask, arguments.from_oldest)
    socket = context.socket(zmq.SUB)
    protect(socket)
    socket.setsockopt(zmq.RCVHWM, 65_536)
    socket.connect(arguments.endpoint)
    for prefix in [*stream.prefixes, "heartbeat/"] if stream.prefixes and ask else arguments.prefixes or [""]:
        socket.subscribe(prefix)
    while True:
        topic, payload = socket.recv_multipart()
        for line in stream.receive(topic.decode(), payload):
            print(line, flush=True)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
