/**
 * @file session_policy.h  What is wanted of session timers with a peer (RFC 4028)
 */
#ifndef TANDEM_SESSION_POLICY_H
#define TANDEM_SESSION_POLICY_H

#include <stdint.h>

enum session_use {
	SESSION_ACCEPT, /* a timer where the peer asks for one */
	SESSION_OFF,    /* never */
	SESSION_REQUEST /* with every peer that knows them */
};

/** Plain values. */
struct session_policy {
	enum session_use use;
	uint32_t expires_s; /* interval asked for, not below `min_se_s` */
	uint32_t min_se_s;  /* shorter ones are refused with 422 */
	uint32_t probe_s;   /* a peer without a timer gets OPTIONS so often; 0: never */
};

#endif
