/* spread.h - whole totals spread over places and days so that they come out to the last unit. Pure.
 * Rule:    the i-th of n gets floor((i + 1) * total / n) - floor(i * total / n): no remainder is left, none is given
 *          twice, and each share is known without the others.
 */
#ifndef RASAD_RASAD_SPREAD_H
#define RASAD_RASAD_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The share of what weighs from `before` to `after` of `all`: 0 <= before <= after <= all, all > 0, total >= 0. */
int64_t spread_part(int64_t total, int64_t before, int64_t after, int64_t all);

/* The share of the i-th of n. */
int64_t spread_share(int64_t total, size_t i, size_t n);

/* The i-th of `count` chosen evenly out of n: 0 <= i < count <= n. */
size_t spread_pick(size_t i, size_t count, size_t n);

/* The i-th place has `rounds` turns on `days` days, evenly apart, each place beginning a day later than the one before.
 * Is `day` one of them, and which? With rounds == days each day is a turn. */
bool spread_turn(size_t i, size_t day, size_t days, size_t rounds, size_t *turn);

/* A weight from 100 - vary to 100 + vary, always the same for the same two numbers. vary below 100. */
int64_t spread_weight(uint64_t a, uint64_t b, int64_t vary);

/* The place of the i-th of n around a centre, sunflower-wise within a radius; all in millionths of a degree of
 * latitude. Whole numbers only: the same on every machine, since it goes into requests. */
void spread_around(size_t i, size_t n, int64_t radius_udeg, int64_t *north_udeg, int64_t *east_udeg);

#endif
