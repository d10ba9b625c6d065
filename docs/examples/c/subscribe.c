// Subscribes to topics, prints every update, and notices what is missing.
//
//   cc -O2 -o subscribe subscribe.c -lzmq && ./subscribe tcp://127.0.0.1:5556 candle/1m/
//   ./subscribe --secret me.secret --server server.key tcp://10.0.0.5:5556 candle/1m/
//
// An endpoint with keys wants the file of your own secret key, which `millrace keys new` makes, and its public one.
//
// Prints one line for each message (topic, number of its first update, count of updates, the message if it is JSON) and
//   HOLE TOPIC EXPECTED RECEIVED   when numbers of a topic did not come,
//   RESTART PUBLISHER              when the publisher began a new run.
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { TOPICS = 1 << 16, TOPIC_BYTES = 256, SCHEMA = 0x4D4C, VERSION = 1, HEAD_BYTES = 52 };

// Reads the numbers of one topic: the twin of Sources/Wire/TopicReader.swift.
typedef struct {
    char topic[TOPIC_BYTES];
    uint64_t publisher;
    uint64_t next; // 0: nothing read yet, the topic may begin anywhere
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
    r->next = first;
    r->goal = 0;
    r->catching_up = false;
}

// What a message says beside its updates.
typedef struct {
    uint64_t position, publisher, first, count;
} message_head;

// The value of a member of the common head. The head stands before all other members, so the first match is the right
// one; a quote inside a symbol's name is escaped and cannot end a string.
static const char *json_member(const char *text, const char *name) {
    const char *found = strstr(text, name);
    return found ? found + strlen(name) : NULL;
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

// The reader of a topic, by open addressing; NULL when the table is full or the name too long.
static topic_reader *find(topic_reader *readers, const char *topic, uint64_t publisher) {
    uint64_t hash = 1469598103934665603u;
    if (strlen(topic) >= TOPIC_BYTES) return NULL;
    for (const char *c = topic; *c; c++) hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    for (int i = 0; i < TOPICS; i++) {
        topic_reader *r = &readers[(hash + i) % TOPICS];
        if (strcmp(r->topic, topic) == 0) return r;
        if (r->topic[0] != 0) continue;
        strcpy(r->topic, topic);
        r->publisher = publisher;
        return r;
    }
    return NULL;
}

static void take(topic_reader *readers, uint64_t *publisher, const char *topic, const char *payload, size_t size) {
    message_head head = {0};
    bool is_json = size > 0 && payload[0] == '{';
    if (!(is_json ? read_json(payload, &head) : read_binary(payload, size, &head))) {
        printf("UNREADABLE %s\n", topic);
        return;
    }
    if (*publisher != head.publisher) {
        if (*publisher) printf("RESTART %016" PRIx64 "\n", head.publisher);
        *publisher = head.publisher;
    }
    topic_reader *reader = find(readers, topic, head.publisher);
    if (!reader) return;
    if (reader->publisher != head.publisher) reader_publisher_changed(reader, head.first);
    reader->publisher = head.publisher;
    uint64_t expected = 0, skip = 0;
    action what = reader_receive(reader, head.first, head.count, &expected, &skip);
    if (what == HOLE) printf("HOLE %s %" PRIu64 " %" PRIu64 "\n", topic, expected, head.first);
    if (what == DUPLICATE) return;
    printf("%s %" PRIu64 " %" PRIu64 "%s%s\n", topic, head.first, head.count, is_json ? " " : "",
           is_json ? payload : "");
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

int main(int count, char **arguments) {
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_SUB);
    if (count > 4 && strcmp(arguments[1], "--secret") == 0 && strcmp(arguments[3], "--server") == 0) {
        if (!set_keys(socket, arguments[2], arguments[4])) return 1;
        arguments += 4;
        count -= 4;
    }
    const char *endpoint = count > 1 ? arguments[1] : "tcp://127.0.0.1:5556";
    if (zmq_connect(socket, endpoint) != 0) {
        fprintf(stderr, "%s: %s\n", endpoint, zmq_strerror(zmq_errno()));
        return 1;
    }
    if (count < 3) zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
    for (int i = 2; i < count; i++) zmq_setsockopt(socket, ZMQ_SUBSCRIBE, arguments[i], strlen(arguments[i]));
    topic_reader *readers = calloc(TOPICS, sizeof *readers);
    if (!readers) return 1;
    uint64_t publisher = 0;
    setvbuf(stdout, NULL, _IOLBF, 1 << 16);
    for (;;) {
        size_t topic_size, size = 0;
        int more = 0;
        char *topic = receive(socket, &topic_size, &more);
        char *payload = topic && more ? receive(socket, &size, &more) : NULL;
        if (topic && payload && !more) take(readers, &publisher, topic, payload, size);
        bool interrupted = !topic;
        free(topic);
        free(payload);
        if (interrupted) break;
    }
    free(readers);
    zmq_close(socket);
    zmq_ctx_term(context);
    return 0;
}
