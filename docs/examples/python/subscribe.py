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
HOLE_LIMIT = 8  # holes asked for topic by topic; more at once are a line that was cut


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
    def __init__(self, from_oldest=False):
        self.position = 0  # the highest that a message has carried
        self.begin = 0  # behind it nothing may be missing: what the first heartbeat has said
        self.checked = 0 if from_oldest else None  # up to where nothing is missing behind it
        # Holes since then. From the oldest on, the first is the whole past and is asked for at once.
        self.holes = HOLE_LIMIT if from_oldest else 0

    def confirm(self, position):
        if position > self.checked:
            self.checked, self.holes = position, 0


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
        source = self.publishers[publisher]
        source.holes += 1
        if source.checked is not None and source.holes > HOLE_LIMIT and position - 1 > source.checked:
            if (yield from self.fill(publisher, source.checked, position - 1, self.prefixes)) == "whole":
                source.confirm(position - 1)
        else:
            yield from self.fill(publisher, self.start(topic, publisher), position - 1, [topic])
        yield from self.accept(topic, first)
        yield from self.take(topic, payload, head)

    def source(self, publisher):
        if publisher not in self.publishers:
            self.publishers[publisher] = Publisher(self.ask is not None and self.from_oldest)
        return self.publishers[publisher]

    def start(self, topic, publisher):
        """Behind which position a topic's next number lies."""
        source, known = self.publishers[publisher], self.topics.get(topic)
        if not known or known.publisher != publisher:
            return source.checked or 0
        if source.checked is None or known.position < source.begin:
            return known.position
        return max(known.position, source.checked)

    def take(self, topic, payload, head):
        """Delivers a message, or returns the hole before it."""
        position, publisher, first, count = head
        source = self.source(publisher)
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
        """Asks for a range until it is covered ("whole"), nobody has more ("exhausted") or nobody answers (None)."""
        result = "whole"
        while after < up_to:
            question = {"ask": "replay", "publisher": publisher, "after": after, "upTo": up_to, "topics": topics}
            answer, messages = self.ask(question) or ({"error": "silent"}, [])
            if answer.get("error") == "before the oldest" and answer["oldest"] > after + 1:
                after, result = answer["oldest"] - 1, "exhausted"
            elif "error" in answer:
                yield f"SILENT {json.dumps(question)} {answer['error']}"
                return None if answer["error"] == "silent" else "exhausted"
            elif answer.get("publisher") != publisher or answer["after"] != after or answer["position"] <= after:
                yield f"SILENT {json.dumps(question)} answers something else"
                return None
            else:
                for topic, payload in messages:
                    yield from self.take_replayed(topic, payload, publisher, after)
                after = answer["position"]
        return result

    def take_replayed(self, topic, payload, publisher, after):
        """A replay brings each topic in order: what is missing before one of its messages nobody has any more."""
        head = head_of(payload)
        if head[1] != publisher:
            return
        hole = yield from self.take(topic, payload, head)
        if not hole:
            return
        start = self.start(topic, publisher)
        if start < after:  # the question was for many topics, and began behind this one's last message
            yield from self.fill(publisher, start, after, [topic])
        yield from self.accept(topic, hole[1])
        yield from self.take(topic, payload, head)

    def notice_tail(self, topic, payload, head):
        position, publisher, _, _ = head
        source = self.source(publisher)
        if not self.prefixes and 0 < source.position < position:
            yield f"TAIL {source.position + 1} {position + 1}"
        source.position = max(source.position, position)

    def check_tail(self, topic, payload, head):
        """Asks for what was published before a heartbeat and has not come."""
        publisher, head_position = head[1], head_position_of(payload)
        source = self.source(publisher)
        if source.checked is None:
            source.begin = source.checked = max(head_position, source.position)
        if head_position <= source.checked:
            return
        question = {"ask": "numbers", "topics": self.prefixes, "publisher": publisher, "after": source.checked}
        answer = (self.ask(question) or (None, []))[0]
        if answer is None:
            yield f"SILENT {json.dumps(question)} silent"
            return
        checked, since, behind, up_to = source.checked, head_position, [], head_position
        if answer.get("left") == 0:
            since = min([line["since"] for line in answer["publishers"]] + [head_position])
            for line in answer["topics"]:
                known = self.topics.get(line["topic"])
                next_number = known.reader.next if known and known.publisher == publisher else 0
                if line["number"] < next_number:
                    continue
                start = self.start(line["topic"], publisher)
                if line["position"] <= head_position:
                    behind.append((start, line))
                elif line["number"] > max(next_number, 1):  # under way, and perhaps lost before
                    up_to = min(up_to, max(start, checked))
        is_answered = True
        if since > checked:  # what an earlier run has published
            is_answered = yield from self.fill(publisher, checked, since, self.prefixes)
        for index in range(0, len(behind), TOPIC_LIMIT):
            some = behind[index : index + TOPIC_LIMIT]
            last, first = max(line["position"] for _, line in some), min(start for start, _ in some)
            answered = yield from self.fill(publisher, first, last, [line["topic"] for _, line in some])
            is_answered = answered and is_answered
        if is_answered:
            source.confirm(max(up_to, since))
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
