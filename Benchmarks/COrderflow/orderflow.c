#include "orderflow.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { levels = 4096 };
#define second_length 1000000000

/// A candle in 40 bytes, in the making and as a record.
typedef struct {
    int64_t key;
    uint32_t symbol;
    int32_t open, high, low, close;
    uint32_t trades;
    uint64_t volume;
} candle;

typedef struct {
    candle of;
    uint64_t buy, sell;
    int64_t delta;
    int32_t poc, low, high;
} minute_record;

typedef struct {
    candle second, minute;
    uint64_t buy, sell, total;
    int64_t delta;
    uint32_t *rows;
    int32_t last_price, last_side, origin, lowest, highest;
} flow;

typedef struct {
    candle *seconds;
    minute_record *minutes;
    size_t second_count, minute_count;
    int overflow;
} output;

/// Point of control (lowest of equals) and 70 % value area, one row at a time, the larger side first, up on a tie.
static void value_area(const flow *state, minute_record *minute) {
    const uint32_t *rows = state->rows;
    const int lowest = state->lowest, highest = state->highest;
    int control = lowest;
    uint32_t most = 0;
    for (int row = lowest; row <= highest; row++) {
        if (rows[row] > most) {
            most = rows[row];
            control = row;
        }
    }
    uint64_t held = most;
    int low = control, high = control;
    while (held * 10 < state->total * 7) {
        const int can_rise = high < highest, can_fall = low > lowest;
        const uint32_t above = can_rise ? rows[high + 1] : 0, below = can_fall ? rows[low - 1] : 0;
        if (can_rise && (!can_fall || above >= below)) {
            held += above;
            high++;
        } else if (can_fall) {
            held += below;
            low--;
        } else {
            break;
        }
    }
    minute->poc = control + state->origin;
    minute->low = low + state->origin;
    minute->high = high + state->origin;
}

static void close_second(flow *state, output *out) {
    out->seconds[out->second_count++] = state->second;
    state->second.trades = 0;
}

static void close_minute(flow *state, output *out) {
    minute_record *minute = &out->minutes[out->minute_count++];
    minute->of = state->minute;
    minute->buy = state->buy;
    minute->sell = state->sell;
    minute->delta = state->delta;
    value_area(state, minute);
    state->buy = state->sell = 0;
    state->minute.trades = 0;
}

static inline void add(candle *bar, int64_t key, uint32_t symbol, int32_t price, uint32_t size) {
    if (bar->trades == 0) {
        *bar = (candle){key, symbol, price, price, price, price, 1, size};
        return;
    }
    if (price > bar->high) bar->high = price;
    if (price < bar->low) bar->low = price;
    bar->close = price;
    bar->trades++;
    bar->volume += size;
}

static int start(flow *state, int32_t price) {
    state->rows = calloc(levels, sizeof *state->rows);
    if (!state->rows) return 0;
    state->origin = price - levels / 2;
    state->lowest = state->highest = levels / 2;
    state->last_price = price;
    state->last_side = 1;
    return 1;
}

static inline void take(flow *state, const orderflow_trade *trade, output *out) {
    const int32_t price = (int32_t)lrint(trade->price * 100.0);
    const int64_t second = trade->time / second_length, minute = second / 60;
    if (state->second.trades && second != state->second.key) close_second(state, out);
    if (state->minute.trades && minute != state->minute.key) close_minute(state, out);
    if (!state->rows && !start(state, price)) {
        out->overflow = 1;
        return;
    }
    int side;
    if (trade->price >= trade->ask) {
        side = 1;
    } else if (trade->price <= trade->bid) {
        side = -1;
    } else {
        side = price > state->last_price ? 1 : price < state->last_price ? -1 : state->last_side;
    }
    state->last_price = price;
    state->last_side = side;
    add(&state->second, second, trade->symbol, price, trade->size);
    add(&state->minute, minute, trade->symbol, price, trade->size);
    if (side > 0) {
        state->buy += trade->size;
    } else {
        state->sell += trade->size;
    }
    state->delta += side * (int64_t)trade->size;
    const int32_t row = price - state->origin;
    if ((uint32_t)row >= levels) {
        out->overflow = 2;
        return;
    }
    state->rows[row] += trade->size;
    if (row < state->lowest) state->lowest = row;
    if (row > state->highest) state->highest = row;
    state->total += trade->size;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static orderflow_check sum(const output *out) {
    orderflow_check check = {.seconds = out->second_count, .minutes = out->minute_count};
    for (size_t i = 0; i < out->second_count; i++) {
        const candle *bar = &out->seconds[i];
        check.second_prices += bar->open + bar->high + bar->low + bar->close;
        check.volume += bar->volume;
    }
    for (size_t i = 0; i < out->minute_count; i++) {
        const minute_record *minute = &out->minutes[i];
        check.minute_prices += minute->of.open + minute->of.high + minute->of.low + minute->of.close;
        check.areas += minute->poc + minute->low + minute->high;
        check.buy += minute->buy;
        check.sell += minute->sell;
        check.delta += minute->delta;
    }
    return check;
}

int orderflow_run(const orderflow_trade *trades, size_t count, uint32_t symbols, orderflow_check *check, double *elapsed) {
    output out = {malloc(count * sizeof *out.seconds), malloc(count / 4 * sizeof *out.minutes + sizeof *out.minutes), 0, 0, 0};
    flow *states = calloc(symbols, sizeof *states);
    if (!out.seconds || !out.minutes || !states) return 1;
    // The pages of the output are touched before the clock runs: what is measured is the work, not the system.
    memset(out.seconds, 0, count * sizeof *out.seconds);
    memset(out.minutes, 0, count / 4 * sizeof *out.minutes);
    const double begin = now();
    for (size_t i = 0; i < count; i++) take(&states[trades[i].symbol], &trades[i], &out);
    for (uint32_t i = 0; i < symbols; i++) {
        if (states[i].second.trades) close_second(&states[i], &out);
        if (states[i].minute.trades) close_minute(&states[i], &out);
    }
    *elapsed = now() - begin;
    *check = sum(&out);
    for (uint32_t i = 0; i < symbols; i++) free(states[i].rows);
    free(states);
    free(out.seconds);
    free(out.minutes);
    return out.overflow;
}
