/* throttle.h - how often somebody tried a wrong password for one login: counters in memory, none for anybody else.
 * Rule:    SIGN_IN_TRIES_MAX wrong ones within SIGN_IN_WINDOW_MS of the first, then none is looked at until the window is
 *          over; a right one clears the counter. Logins that do not exist are counted alike.
 * Bounds:  SIGN_IN_LOGINS_MAX counters; when a row is full its oldest one falls out.
 * Why:     lost at a restart: a restart takes longer than the tries are worth.
 */
#ifndef RASAD_REGISTRY_THROTTLE_H
#define RASAD_REGISTRY_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

/* Names a login: the code, and the key of the enrolled device it is typed on ("" none), so that the one who holds no
 * such device can not use up the tries of the one who does. */
uint64_t throttle_login(const char *login, const char *device_key);

bool throttle_open(uint64_t login, int64_t now_ms);
void throttle_wrong(uint64_t login, int64_t now_ms);
void throttle_right(uint64_t login);

#endif
