/**
 * @file session.h  Who is logged in: random tokens, kept as digests in memory until they expire
 *
 * A restart logs everybody out. Times are clock_mono_ms().
 */
#ifndef TANDEM_WEBUI_SESSION_H
#define TANDEM_WEBUI_SESSION_H

#include <re.h>

enum {
	SESSION_TOKEN_SIZE = 65, /* 32 random bytes in hex, and a NUL */
	SESSION_MAX = 64,        /* one more login ends the one unused for longest */
	SESSION_IDLE_MS = 30 * 60 * 1000,
	SESSION_AGE_MAX_MS = 12 * 60 * 60 * 1000,
};

struct sessions;

int sessions_alloc(struct sessions **ssp);

/** Begin a session. EIO: no randomness. */
int session_open(struct sessions *ss, char token[SESSION_TOKEN_SIZE], uint64_t now_ms);

/** True while the token's session lasts; this use keeps it alive. */
bool session_valid(struct sessions *ss, const struct pl *token, uint64_t now_ms);

void session_close(struct sessions *ss, const struct pl *token);

/** End all: the password has changed. */
void sessions_clear(struct sessions *ss);

#endif
