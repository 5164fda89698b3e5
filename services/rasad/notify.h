/* notify.h - tells whoever started us how far we are: systemd's protocol, a datagram to the socket in NOTIFY_SOCKET.
 * Why:     a line of text; a library for it would be larger than the rest of the supervisor.
 */
#ifndef RASAD_RASAD_NOTIFY_H
#define RASAD_RASAD_NOTIFY_H

/* Take the address out of the environment: the children are not to speak for us. */
void notify_begin(void);

/* "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..."; nothing when nobody listens. */
void notify(const char *text);

#endif
