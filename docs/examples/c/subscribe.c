// Subscribes to topics, prints every update, and notices what is missing.
//
//   cc -O2 -o subscribe subscribe.c -lzmq && ./subscribe [--lossless --replay ENDPOINT] tcp://127.0.0.1:5556 candle/1m/
//   ./subscribe --secret me.secret --server server.key tcp://10.0.0.5:5556 candle/1m/
//
// An endpoint with keys wants the file of your own secret key, which `millrace keys new` makes, and its public one.
//
// Prints one line for each message (topic, number of its first update, count of updates, the message if it is JSON) and
//   HOLE TOPIC EXPECTED RECEIVED   when numbers of a topic did not come,
//   RESTART PUBLISHER              when another publisher goes on with a topic.
// Lossless, it asks the publisher's replay socket for what is missing, and prints instead of HOLE
//   LOST TOPIC EXPECTED RECEIVED   when nobody has it any more,
//   SILENT PUBLISHER AFTER UPTO    when the replay socket does not answer.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { TOPICS = 1 << 16, TOPIC_BYTES = 256, PUBLISHERS = 64, PREFIXES = 64, SCHEMA = 0x4D4C, VERSION = 1 };
enum { HEAD_BYTES = 52, HEARTBEAT_BODY = 108, QUESTION_BYTES = 1 << 15, WAIT = 2000, ATTEMPTS = 10 };
enum { HOLES = 8 }; // asked for topic by topic; more at once are a line that was cut

// Reads the numbers of one topic: the twin of Sources/Wire/TopicReader.swift.
typedef struct {
    char topic[TOPIC_BYTES];
    uint64_t publisher;
    uint64_t position; // of the last message that was delivered
    uint64_t next;     // 0: nothing read yet, the topic may begin anywhere
    uint64_t goal;
    uint64_t missing;
    bool lossless, catching_up;
} topic_reader;

typedef enum { DELIVER, HOLE, DUPLICATE } action;

// Decides about a message of `count` updates. After HOLE, `*expected` is the first number that is missing; after
// DELIVER, `*skip` updates of the message were delivered before.
static action reader_receive(topic_reader *r, uint64_t first, uint64_t count, uint64_t *expected, uint64_t *skip) {
    uint64_t end = first + count;
    if (r->next == 0) r->next = first;
    if (first > r->next) {
        *expected = r->next;
        if (r->lossless) { // nothing behind a hole is delivered until a replay has filled it
            if (end > r->goal) r->goal = end;
            r->catching_up = true;
        } else { // a hole is conflation
            r->missing += first - r->next;
            r->next = end;
        }
        return HOLE;
    }
    *skip = r->next - first;
    if (*skip >= count) return DUPLICATE;
    r->next = end;
    if (end >= r->goal) r->catching_up = false;
    return DELIVER;
}

// A topic whose state was kept goes on; one that began anew counts from 1 again.
static void reader_publisher_changed(topic_reader *r, uint64_t first) {
    if (first >= r->next) return;
    r->next = r->lossless ? 1 : first;
    r->goal = 0;
    r->catching_up = false;
}

// Goes on at a number though something before it is missing.
static void reader_accept(topic_reader *r, uint64_t number) {
    if (number <= r->next) return;
    if (r->next) {
        printf("LOST %s %" PRIu64 " %" PRIu64 "\n", r->topic, r->next, number);
        r->missing += number - r->next;
    }
    r->next = number;
    if (number >= r->goal) r->catching_up = false;
}

// What a message says beside its updates.
typedef struct {
    uint64_t position, publisher, first, count;
} message_head;

// One message: two frames, each with a zero behind it.
typedef struct {
    const char *topic, *payload;
    size_t size;
    message_head head;
} message;

// What is known of one publisher.
typedef struct {
    uint64_t id;
    uint64_t position; // the highest that a message has carried
    uint64_t begin;    // behind it nothing may be missing: what the first heartbeat has said
    uint64_t checked;  // up to where nothing is missing behind it
    bool is_checked;   // whether that is known
    int holes;         // since `checked` has moved
} publisher;

typedef struct {
    topic_reader *readers;
    publisher publishers[PUBLISHERS];
    int publisher_count;
    const char *prefixes[PREFIXES];
    int prefix_count;
    bool from_oldest;
    void *replay; // NULL: holes are taken as they are
} stream;

// The value of a member of the common head. The head stands before all other members, so the first match is the right
// one; a quote inside a symbol's name is escaped and cannot end a string.
static const char *json_member(const char *text, const char *name) {
    const char *found = strstr(text, name);
    return found ? found + strlen(name) : NULL;
}

static uint64_t json_number(const char *text, const char *name, int radix) {
    const char *value = json_member(text, name);
    return value ? strtoull(value, NULL, radix) : 0;
}

static bool read_json(const char *text, message_head *head) {
    const char *number = json_member(text, ",\"number\":");
    const char *position = json_member(text, ",\"position\":");
    const char *publisher = json_member(text, ",\"publisher\":\"");
    if (!number || !position || !publisher) return false;
    head->first = strtoull(number, NULL, 10);
    head->position = strtoull(position, NULL, 10);
    head->publisher = strtoull(publisher, NULL, 16);
    head->count = 1;
    return true;
}

// Little-endian machines only, like the wire itself. docs/wire/ has the schema.
static bool read_binary(const char *bytes, size_t size, message_head *head) {
    uint16_t schema, version, count;
    if (size < HEAD_BYTES) return false;
    memcpy(&schema, bytes + 4, 2);
    memcpy(&version, bytes + 6, 2);
    if (schema != SCHEMA || version != VERSION) return false;
    memcpy(&head->position, bytes + 16, 8);
    memcpy(&head->publisher, bytes + 24, 8);
    memcpy(&head->first, bytes + 32, 8);
    memcpy(&count, bytes + 50, 2);
    head->count = count;
    return true;
}

static bool is_json(const message *m) { return m->size > 0 && m->payload[0] == '{'; }

static bool read_head(message *m) {
    return is_json(m) ? read_json(m->payload, &m->head) : read_binary(m->payload, m->size, &m->head);
}

// How far the publisher has come, as its heartbeat says.
static uint64_t head_position(const message *m) {
    uint64_t position = 0;
    if (is_json(m)) return json_number(m->payload, "\"headPosition\":", 10);
    if (m->size >= HEARTBEAT_BODY + 8) memcpy(&position, m->payload + HEARTBEAT_BODY, 8);
    return position;
}

// The reader of a topic, by open addressing; NULL when the table is full or the name too long. One that is new has no
// publisher's position and no number.
static topic_reader *find(stream *s, const char *topic, bool is_wanted) {
    uint64_t hash = 1469598103934665603u;
    if (strlen(topic) >= TOPIC_BYTES) return NULL;
    for (const char *c = topic; *c; c++) hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    for (int i = 0; i < TOPICS; i++) {
        topic_reader *r = &s->readers[(hash + i) % TOPICS];
        if (strcmp(r->topic, topic) == 0) return r;
        if (r->topic[0] != 0) continue;
        if (!is_wanted) return NULL;
        strcpy(r->topic, topic);
        r->lossless = s->replay != NULL;
        return r;
    }
    return NULL;
}

static publisher *find_publisher(stream *s, uint64_t id) {
    for (int i = 0; i < s->publisher_count; i++)
        if (s->publishers[i].id == id) return &s->publishers[i];
    if (s->publisher_count == PUBLISHERS) return NULL;
    publisher *p = &s->publishers[s->publisher_count++];
    // From the oldest on, the first hole is the whole past and is asked for at once.
    bool is_whole = s->replay && s->from_oldest;
    *p = (publisher){.id = id, .is_checked = is_whole, .holes = is_whole ? HOLES : 0};
    return p;
}

// Notes that up to a position everything was asked for and has come.
static void confirm(publisher *p, uint64_t position) {
    if (position <= p->checked) return;
    p->checked = position;
    p->holes = 0;
}

// Behind which position a topic's next number lies; the topic may be unknown.
static uint64_t start_of(const topic_reader *r, const publisher *p) {
    if (!r || r->publisher != p->id) return p->checked;
    if (!p->is_checked || r->position < p->begin || r->position > p->checked) return r->position;
    return p->checked;
}

static void print(const message *m, uint64_t skip) {
    printf("%s %" PRIu64 " %" PRIu64 "%s%s\n", m->topic, m->head.first + skip, m->head.count - skip,
           is_json(m) ? " " : "", is_json(m) ? m->payload : "");
}

// Delivers a message; true when there is a hole before it, from `*expected` on, and 0 for an unknown beginning.
static bool take(stream *s, const message *m, uint64_t *expected) {
    publisher *p = find_publisher(s, m->head.publisher);
    topic_reader *r = find(s, m->topic, true);
    uint64_t skip = 0;
    if (!r || !p) {
        print(m, 0);
        return false;
    }
    if (m->head.position > p->position) p->position = m->head.position;
    if (r->publisher == 0) { // seen for the first time: lossless, it must be whole from the first heartbeat on
        r->publisher = m->head.publisher;
        if (r->lossless && s->from_oldest) {
            r->next = 1;
        } else if (r->lossless && m->head.first > 1 && p->is_checked && m->head.position > p->checked + 1) {
            r->position = p->checked;
            *expected = 0;
            return true;
        }
    }
    if (r->publisher != m->head.publisher) {
        printf("RESTART %016" PRIx64 "\n", m->head.publisher);
        r->publisher = m->head.publisher;
        r->position = 0;
        reader_publisher_changed(r, m->head.first);
    }
    switch (reader_receive(r, m->head.first, m->head.count, expected, &skip)) {
    case DELIVER:
        if (m->head.position > r->position) r->position = m->head.position;
        print(m, skip);
        return false;
    case DUPLICATE: return false;
    case HOLE: return true;
    }
    return false;
}

// Receives one frame with a zero behind it; NULL when the wait was interrupted.
static char *receive(void *socket, size_t *size, int *more) {
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, socket, 0) < 0) return NULL;
    *size = zmq_msg_size(&frame);
    *more = zmq_msg_more(&frame);
    char *bytes = malloc(*size + 1);
    if (bytes) {
        memcpy(bytes, zmq_msg_data(&frame), *size);
        bytes[*size] = 0;
    }
    zmq_msg_close(&frame);
    return bytes;
}

// Reads a line `name = "key"` of a file and gives the key to the socket.
static bool set_key(void *socket, int option, const char *path, const char *name) {
    char line[256], key[41];
    bool is_set = false;
    FILE *file = fopen(path, "r");
    while (file && !is_set && fgets(line, sizeof line, file)) {
        char *found = strstr(line, name);
        if (found && sscanf(found + strlen(name), " = \"%40[^\"]\"", key) == 1)
            is_set = zmq_setsockopt(socket, option, key, strlen(key)) == 0;
    }
    if (file) fclose(file);
    if (!is_set) fprintf(stderr, "%s holds no %s\n", path, name);
    return is_set;
}

static bool set_keys(void *socket, const char *secret, const char *server) {
    return set_key(socket, ZMQ_CURVE_SECRETKEY, secret, "secret-key")
           && set_key(socket, ZMQ_CURVE_PUBLICKEY, secret, "public-key")
           && set_key(socket, ZMQ_CURVE_SERVERKEY, server, "public-key");
}

// Sends a question and returns the answer's first frame; NULL when nobody answers. It asks again for a while: the
// publisher may be starting anew.
static char *ask(stream *s, const char *question, int *more) {
    size_t size;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        zmq_pollitem_t item = {.socket = s->replay, .events = ZMQ_POLLIN};
        zmq_send(s->replay, question, strlen(question), 0);
        if (zmq_poll(&item, 1, WAIT) > 0) return receive(s->replay, &size, more);
    }
    return NULL;
}

// Writes the list of topics of a question.
static void write_topics(char *question, const char *const *topics, int count) {
    strcat(question, "\"topics\":[");
    for (int i = 0; i < count; i++) {
        if (strlen(question) + strlen(topics[i]) + 8 > QUESTION_BYTES) break;
        sprintf(question + strlen(question), "%s\"%s\"", i ? "," : "", topics[i]);
    }
    strcat(question, "]}");
}

// What an asking came to: everything, as much as there is any more, or nothing.
typedef enum { WHOLE, EXHAUSTED, UNANSWERED } filling;

static filling fill(stream *s, uint64_t id, uint64_t after, uint64_t up_to, const char *const *topics, int count);

// Takes a message that a replay has brought of what lies behind `after`: what is missing before it nobody has any more.
static void take_replayed(stream *s, message *m, uint64_t id, uint64_t after) {
    uint64_t expected = 0;
    if (!read_head(m) || m->head.publisher != id || !take(s, m, &expected)) return;
    topic_reader *r = find(s, m->topic, true);
    publisher *p = find_publisher(s, id);
    const char *const topics[] = {m->topic};
    // The question was for many topics, and began behind this one's last message.
    if (r && p && start_of(r, p) < after) fill(s, id, start_of(r, p), after, topics, 1);
    if (r) reader_accept(r, m->head.first);
    take(s, m, &expected);
}

// Takes the messages of an answer, all of them before the next question is asked.
static void take_answer(stream *s, int more, uint64_t id, uint64_t after, bool is_right) {
    message *messages = NULL;
    size_t count = 0, size = 0;
    while (more) {
        char *topic = receive(s->replay, &size, &more);
        char *payload = topic && more ? receive(s->replay, &size, &more) : NULL;
        message *list = payload ? realloc(messages, (count + 1) * sizeof *messages) : NULL;
        if (!list) { // out of memory, or interrupted: what is missing is asked for again or lost by name
            free(topic);
            free(payload);
            continue;
        }
        messages = list;
        messages[count++] = (message){.topic = topic, .payload = payload, .size = size};
    }
    for (size_t i = 0; i < count; i++) {
        if (is_right) take_replayed(s, &messages[i], id, after);
        free((char *)messages[i].topic);
        free((char *)messages[i].payload);
    }
    free(messages);
}

// Asks for everything behind `after` up to `up_to` until it is covered.
static filling fill(stream *s, uint64_t id, uint64_t after, uint64_t up_to, const char *const *topics, int count) {
    char question[QUESTION_BYTES];
    filling result = WHOLE;
    while (after < up_to) {
        int more = 0;
        uint64_t covered = 0;
        sprintf(question,
                "{\"ask\":\"replay\",\"publisher\":\"%016" PRIx64 "\",\"after\":%" PRIu64 ",\"upTo\":%" PRIu64 ",", id,
                after, up_to);
        write_topics(question, topics, count);
        char *answer = ask(s, question, &more);
        bool is_refused = answer && strstr(answer, "\"error\":");
        // Anything else is an answer to another question, or of another publisher.
        bool is_right = answer && !is_refused && json_number(answer, "\"publisher\":\"", 16) == id
                        && json_number(answer, "\"after\":", 10) == after;
        if (is_right) covered = json_number(answer, "\"position\":", 10);
        if (is_refused && strstr(answer, "\"before the oldest\"")) {
            covered = json_number(answer, "\"oldest\":", 10) - 1;
            result = EXHAUSTED;
        }
        free(answer);
        take_answer(s, more, id, after, is_right);
        if (covered <= after) {
            printf("SILENT %016" PRIx64 " %" PRIu64 " %" PRIu64 "\n", id, after, up_to);
            return is_refused ? EXHAUSTED : UNANSWERED;
        }
        after = covered;
    }
    return result;
}

// Asks for a topic's missing numbers as the publisher's last numbers show them: one entry of the answer's `topics`.
// Lowers `*up_to` to where everything is there; false where nobody answered.
static bool fill_topic(stream *s, publisher *p, const char *entry, uint64_t head, uint64_t *up_to) {
    char topic[TOPIC_BYTES];
    if (sscanf(entry, "{\"topic\":\"%255[^\"]\"", topic) != 1) return true;
    uint64_t number = json_number(entry, "\"number\":", 10), position = json_number(entry, "\"position\":", 10);
    topic_reader *r = find(s, topic, false);
    if (r && r->publisher != p->id) r = NULL;
    if (r && number < r->next) return true;
    uint64_t start = start_of(r, p), next = r && r->next > 1 ? r->next : 1;
    if (position > head) { // under way; where it is more than the next number, the others may be lost
        if (start < p->checked) start = p->checked;
        if (number > next && start < *up_to) *up_to = start;
        return true;
    }
    const char *const list[] = {topic};
    bool is_answered = fill(s, p->id, start, position, list, 1) != UNANSWERED;
    r = find(s, topic, false);
    if (r) reader_accept(r, number + 1);
    return is_answered;
}

// Asks for what was published before a heartbeat and has not come.
static void check_tail(stream *s, const message *m) {
    static char question[QUESTION_BYTES];
    uint64_t head = head_position(m);
    publisher *p = find_publisher(s, m->head.publisher);
    int more = 0;
    if (!p) return;
    if (!p->is_checked) {
        p->is_checked = true;
        p->begin = p->checked = head > p->position ? head : p->position;
    }
    uint64_t checked = p->checked;
    if (head <= checked) return;
    sprintf(question, "{\"ask\":\"numbers\",\"publisher\":\"%016" PRIx64 "\",\"after\":%" PRIu64 ",", p->id, checked);
    write_topics(question, s->prefixes, s->prefix_count);
    char *answer = ask(s, question, &more);
    if (!answer) {
        printf("SILENT %016" PRIx64 " %" PRIu64 " %" PRIu64 "\n", p->id, checked, head);
        return;
    }
    // Of what an earlier run has published nobody knows the numbers any more: the range is asked for.
    bool is_whole = strstr(answer, "\"left\":0}") != NULL, is_answered = true;
    const char *since_member = json_member(answer, "\"since\":");
    uint64_t since = is_whole && since_member ? strtoull(since_member, NULL, 10) : head, up_to = head;
    if (since > head) since = head;
    if (since > checked) is_answered = fill(s, p->id, checked, since, s->prefixes, s->prefix_count) != UNANSWERED;
    const char *entry = is_whole ? strstr(answer, "{\"topic\":") : NULL;
    for (; entry; entry = strstr(entry + 1, "{\"topic\":"))
        if (!fill_topic(s, p, entry, head, &up_to)) is_answered = false;
    if (is_answered) confirm(p, up_to > since ? up_to : since);
    free(answer);
}

static void receive_message(stream *s, message *m) {
    uint64_t expected = 0;
    if (!read_head(m)) {
        printf("UNREADABLE %s\n", m->topic);
        return;
    }
    if (strncmp(m->topic, "heartbeat/", 10) == 0) {
        if (s->replay) check_tail(s, m);
        print(m, 0);
        return;
    }
    if (!take(s, m, &expected)) return;
    if (!s->replay) {
        printf("HOLE %s %" PRIu64 " %" PRIu64 "\n", m->topic, expected, m->head.first);
        print(m, 0);
        return;
    }
    // The missing numbers lie between the topic's last message and this one. Behind many holes everything is asked for.
    topic_reader *r = find(s, m->topic, true);
    publisher *p = find_publisher(s, m->head.publisher);
    uint64_t last = m->head.position > 0 ? m->head.position - 1 : 0;
    const char *const topics[] = {m->topic};
    if (++p->holes > HOLES && p->is_checked && last > p->checked) {
        if (fill(s, p->id, p->checked, last, s->prefixes, s->prefix_count) == WHOLE) confirm(p, last);
    } else {
        fill(s, p->id, start_of(r, p), last, topics, 1);
    }
    reader_accept(r, m->head.first);
    take(s, m, &expected);
}

static void subscribe(stream *s, void *socket) {
    if (s->prefix_count == 0) zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
    for (int i = 0; i < s->prefix_count; i++)
        zmq_setsockopt(socket, ZMQ_SUBSCRIBE, s->prefixes[i], strlen(s->prefixes[i]));
    if (s->prefix_count > 0 && s->replay) zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "heartbeat/", 10);
}

static void *open_socket(void *context, int kind, const char *endpoint, const char *secret, const char *server) {
    int one = 1, zero = 0;
    void *socket = zmq_socket(context, kind);
    if (kind == ZMQ_REQ) { // a late answer is thrown away, and the next question may be sent all the same
        zmq_setsockopt(socket, ZMQ_REQ_RELAXED, &one, sizeof one);
        zmq_setsockopt(socket, ZMQ_REQ_CORRELATE, &one, sizeof one);
    }
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    if (secret && server && !set_keys(socket, secret, server)) return NULL;
    if (zmq_connect(socket, endpoint) == 0) return socket;
    fprintf(stderr, "%s: %s\n", endpoint, zmq_strerror(zmq_errno()));
    return NULL;
}

int main(int count, char **arguments) {
    static stream s;
    const char *endpoint = NULL, *replay = NULL, *secret = NULL, *server = NULL;
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--lossless") == 0) continue;
        if (strcmp(arguments[i], "--from-oldest") == 0) s.from_oldest = true;
        else if (strcmp(arguments[i], "--replay") == 0 && i + 1 < count) replay = arguments[++i];
        else if (strcmp(arguments[i], "--secret") == 0 && i + 1 < count) secret = arguments[++i];
        else if (strcmp(arguments[i], "--server") == 0 && i + 1 < count) server = arguments[++i];
        else if (!endpoint) endpoint = arguments[i];
        else if (s.prefix_count < PREFIXES) s.prefixes[s.prefix_count++] = arguments[i];
    }
    void *context = zmq_ctx_new();
    if (replay && !(s.replay = open_socket(context, ZMQ_REQ, replay, secret, server))) return 1;
    void *socket = open_socket(context, ZMQ_SUB, endpoint ? endpoint : "tcp://127.0.0.1:5556", secret, server);
    s.readers = calloc(TOPICS, sizeof *s.readers);
    if (!socket || !s.readers) return 1;
    subscribe(&s, socket);
    setvbuf(stdout, NULL, _IOLBF, 1 << 16);
    for (;;) {
        size_t topic_size, size = 0;
        int more = 0;
        char *topic = receive(socket, &topic_size, &more);
        char *payload = topic && more ? receive(socket, &size, &more) : NULL;
        if (topic && payload && !more) {
            message m = {.topic = topic, .payload = payload, .size = size};
            receive_message(&s, &m);
        }
        bool interrupted = !topic;
        free(topic);
        free(payload);
        if (interrupted) break;
    }
    free(s.readers);
    zmq_close(socket);
    if (s.replay) zmq_close(s.replay);
    zmq_ctx_term(context);
    return 0;
}
