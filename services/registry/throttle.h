/* throttle.h - how often somebody tried a wrong password, PIN or claim code: counters in memory, none for anybody else.
 * Kinds:   PHONE     a person on a phone enrolled for her: PINs. The wait doubles up to a day; nobody else can fill it.
 *          KNOWN     a person on a device she has signed in on before. Only who sits at it can fill it.
 *          STRANGER  a person from one address, on any other device.
 *          STRANGERS a person from everywhere, on any other device.
 *          ADDRESS   an address, whichever the login: a village behind one of them mistypes, too.
 *          CLAIM, CLAIMS  claim codes from one address, and from everywhere.
 * Rule:    so many wrong ones within a window of the first (throttle.c), then none is looked at until the window is over;
 *          a right one clears PHONE, KNOWN and STRANGER. Logins that do not exist are counted alike.
 * Why:     whoever attacks a login that is known locks out strangers to it, not its owner where she usually is, nor others
 *          behind the same address.
 * Bounds:  SIGN_IN_LOGINS_MAX counters of a kind; when a row is full its oldest one falls out.
 * Lost:    at a restart, which takes longer than the tries are worth.
 */
#ifndef RASAD_REGISTRY_THROTTLE_H
#define RASAD_REGISTRY_THROTTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum throttle_kind {
    THROTTLE_PHONE,
    THROTTLE_KNOWN,
    THROTTLE_STRANGER,
    THROTTLE_STRANGERS,
    THROTTLE_ADDRESS,
    THROTTLE_CLAIM,
    THROTTLE_CLAIMS,
    THROTTLE_KINDS
};

/* One counter: its kind, and what it is of. */
struct tries {
    enum throttle_kind kind;
    uint64_t of;
};

/* login: "" for the kinds without one. more: the device's key or name, the address; may be of 0 bytes. */
struct tries throttle_of(enum throttle_kind kind, const char *login, const void *more, size_t more_bytes);

bool throttle_open(struct tries tries, int64_t now_ms);
void throttle_wrong(struct tries tries, int64_t now_ms);
void throttle_right(struct tries tries);

#endif
