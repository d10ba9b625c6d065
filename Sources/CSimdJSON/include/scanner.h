// A C face for simdjson: one parsed text at a time, read through indices into its tape.
//
// An index is only good for the scanner that gave it and until that scanner's next scan; the Swift side checks this.
#ifndef MILLRACE_SCANNER_H
#define MILLRACE_SCANNER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct json_scanner json_scanner;

typedef struct {
    const uint8_t *bytes;
    size_t length;
} json_text;

// A walk over the fields of an object or the elements of an array: the next index and the one behind the last.
typedef struct {
    size_t next;
    size_t end;
} json_cursor;

// NULL when there is no memory. Texts over `byte_limit` bytes are refused.
json_scanner *json_scanner_open(size_t byte_limit);
void json_scanner_close(json_scanner *scanner);

// Parses and checks the whole text; 0, or a code for json_error_text. The bytes are copied.
int json_scan(json_scanner *scanner, const void *bytes, size_t length);
const char *json_error_text(int code);

// One of { [ " l u d t f n : object, array, string, signed, unsigned, double, true, false, null.
uint8_t json_kind(const json_scanner *scanner, size_t node);
// The bytes of a string; nothing for other kinds.
json_text json_string(const json_scanner *scanner, size_t node);
// The 64 bits of a number, as its kind says.
uint64_t json_number(const json_scanner *scanner, size_t node);

// A walk of an object or array; an empty one for other kinds.
json_cursor json_walk(const json_scanner *scanner, size_t node);
// 1 and the next field's key and value, or 0 at the end.
int json_next_field(const json_scanner *scanner, json_cursor *cursor, size_t *key, size_t *value);
// 1 and the next element, or 0 at the end.
int json_next_element(const json_scanner *scanner, json_cursor *cursor, size_t *value);

#ifdef __cplusplus
}
#endif

#endif
