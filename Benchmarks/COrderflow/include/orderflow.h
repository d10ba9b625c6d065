// The throughput work orderflow-v1 by hand in C: what Millrace's core is measured against.
#ifndef MILLRACE_ORDERFLOW_H
#define MILLRACE_ORDERFLOW_H
#include <stddef.h>
#include <stdint.h>

/// One input record of 40 bytes; prices in units, time in nanoseconds since 1970.
typedef struct {
    int64_t time;
    uint32_t symbol, size;
    double price, bid, ask;
} orderflow_trade;

/// What every implementation must come to: counts and sums over all that it emitted.
typedef struct {
    uint64_t seconds, minutes, second_prices, volume, minute_prices, areas, buy, sell;
    int64_t delta;
} orderflow_check;

/// Does the work over `count` trades and sums it up; the seconds it took without the summing go to `elapsed`.
/// Returns 0, 1 when memory ran out, 2 when a symbol's prices left their range of 4,096 ticks.
int orderflow_run(const orderflow_trade *trades, size_t count, uint32_t symbols, orderflow_check *check, double *elapsed);
#endif
