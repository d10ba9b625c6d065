// No exceptions cross into Swift: simdjson is used by its error codes only.
#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <cstring>
#include <new>

#include "scanner.h"

namespace {

// The tape's words, as simdjson documents them (doc/tape.md): kind in the top byte, payload below.
constexpr uint64_t payload_mask = 0x00FFFFFFFFFFFFFFull;

uint64_t word(const simdjson::dom::document &document, size_t node) { return document.tape[node]; }

char kind(uint64_t word) { return char(word >> 56); }

size_t after(const simdjson::dom::document &document, size_t node) {
    const uint64_t here = word(document, node);
    switch (kind(here)) {
    case '{':
    case '[':
        return size_t(uint32_t(here));
    case 'l':
    case 'u':
    case 'd':
        return node + 2;
    default:
        return node + 1;
    }
}

}  // namespace

struct json_scanner {
    explicit json_scanner(size_t limit) : parser(limit) {}
    simdjson::dom::parser parser;
};

json_scanner *json_scanner_open(size_t byte_limit) { return new (std::nothrow) json_scanner(byte_limit); }

void json_scanner_close(json_scanner *scanner) { delete scanner; }

int json_scan(json_scanner *scanner, const void *bytes, size_t length) {
    if (length > scanner->parser.max_capacity()) return int(simdjson::CAPACITY);
    simdjson::dom::element root;
    return int(scanner->parser.parse(static_cast<const uint8_t *>(bytes), length, true).get(root));
}

const char *json_error_text(int code) { return simdjson::error_message(simdjson::error_code(code)); }

uint8_t json_kind(const json_scanner *scanner, size_t node) { return uint8_t(kind(word(scanner->parser.doc, node))); }

json_text json_string(const json_scanner *scanner, size_t node) {
    const uint64_t here = word(scanner->parser.doc, node);
    if (kind(here) != '"') return {nullptr, 0};
    const uint8_t *start = scanner->parser.doc.string_buf.get() + (here & payload_mask);
    uint32_t length;
    std::memcpy(&length, start, sizeof length);
    return {start + sizeof length, length};
}

uint64_t json_number(const json_scanner *scanner, size_t node) {
    switch (kind(word(scanner->parser.doc, node))) {
    case 'l':
    case 'u':
    case 'd':
        return word(scanner->parser.doc, node + 1);
    default:
        return 0;
    }
}

json_cursor json_walk(const json_scanner *scanner, size_t node) {
    const uint64_t here = word(scanner->parser.doc, node);
    if (kind(here) != '{' && kind(here) != '[') return {0, 0};
    // The opening word points behind the closing one, which is not part of the walk.
    return {node + 1, size_t(uint32_t(here)) - 1};
}

int json_next_field(const json_scanner *scanner, json_cursor *cursor, size_t *key, size_t *value) {
    if (cursor->next >= cursor->end) return 0;
    *key = cursor->next;
    *value = cursor->next + 1;
    cursor->next = after(scanner->parser.doc, cursor->next + 1);
    return 1;
}

int json_next_element(const json_scanner *scanner, json_cursor *cursor, size_t *value) {
    if (cursor->next >= cursor->end) return 0;
    *value = cursor->next;
    cursor->next = after(scanner->parser.doc, cursor->next);
    return 1;
}
