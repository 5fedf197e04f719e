/**
 * @file media_request.c  What an NG request for a call says (docs/ng.md)
 */
#include <string.h>
#include <re.h>
#include "media_request.h"

static void locals_write(struct bwriter *w, const struct media_exchange *x)
{
	char addr[64];

	bwrite_list(w, "tandem-local");
	(void)re_snprintf(addr, sizeof(addr), "%j", &x->from.laddr);
	bwrite_str(w, NULL, addr);
	(void)re_snprintf(addr, sizeof(addr), "%j", &x->to.laddr);
	bwrite_str(w, NULL, addr);
	bwrite_end_list(w);
}

static void pair_write(struct bwriter *w, const char *key, const char *first, const char *second)
{
	bwrite_list(w, key);
	bwrite_str(w, NULL, first);
	bwrite_str(w, NULL, second);
	bwrite_end_list(w);
}

/*
 * SRTP ends at the relay, so each side has it as its own trunk wants. Few suites: each line makes the INVITE
 * longer, and past 1300 bytes it leaves by TCP (RFC 3261 section 18.1.1).
 */
static void suites_write(struct bwriter *w, bool tandem)
{
	static const char *const oursv[] = {"only-AEAD_AES_256_GCM", "only-AES_256_CM_HMAC_SHA1_80",
					    "only-AES_CM_128_HMAC_SHA1_80", "only-AES_CM_128_HMAC_SHA1_32",
					    NULL};
	/* before 11 rtpengine knows no "only-", and would offer suites that do not encrypt */
	static const char *const theirsv[] =
		{"no-NULL_HMAC_SHA1_80",       "no-NULL_HMAC_SHA1_32",       "no-F8_128_HMAC_SHA1_80",
		 "no-F8_128_HMAC_SHA1_32",     "no-AES_192_CM_HMAC_SHA1_80", "no-AES_192_CM_HMAC_SHA1_32",
		 "no-AES_256_CM_HMAC_SHA1_32", "no-AEAD_AES_128_GCM",        NULL};

	bwrite_list(w, "SDES");
	for (const char *const *suite = tandem ? oursv : theirsv; *suite; suite++)
		bwrite_str(w, NULL, *suite);
	bwrite_end_list(w);
}

static void srtp_write(struct bwriter *w, const struct media_exchange *x, const struct pl *sdp, bool tandem)
{
	const bool feedback = !re_regex(sdp->p, sdp->l, "AVPF ");
	const bool secure = x->to.srtp == SRTP_REQUIRED;

	if (x->from.srtp == SRTP_OFF && x->to.srtp == SRTP_OFF)
		return;

	bwrite_str(w, "transport-protocol",
		   secure     ? feedback ? "RTP/SAVPF" : "RTP/SAVP"
		   : feedback ? "RTP/AVPF"
			      : "RTP/AVP");

	bwrite_list(w, "OSRTP");
	if (x->to.srtp == SRTP_OPTIONAL)
		bwrite_str(w, NULL, "offer");
	if (x->from.srtp != SRTP_OFF)
		bwrite_str(w, NULL, "accept");
	bwrite_end_list(w);

	suites_write(w, tandem);
}

/* rtpengine picks the address by the interface's name; on a machine of its own so does a relay of ours. */
void media_request_write(struct relay_client *rc, const char *command, const char *call_id,
			 const struct media_exchange *x, const struct pl *sdp)
{
	struct bwriter *w = relay_request(rc, command);

	bwrite_str(w, "call-id", call_id);
	bwrite_str(w, "from-tag", x->from.tag);
	if (x->to_known)
		bwrite_str(w, "to-tag", x->to.tag);
	bwrite_pl(w, "sdp", sdp);

	pair_write(w, "replace", "origin", "session-connection");
	bwrite_str(w, "ICE", "remove");
	bwrite_str(w, "DTLS", "off");
	if (!str_cmp(command, "offer")) { /* in an answer they would be seen from who answers */
		pair_write(w, "direction", x->from.interface, x->to.interface);
		srtp_write(w, x, sdp, relay_is_tandem(rc));
	}

	/* rtpengine warns of every key it does not know */
	if (relay_is_tandem(rc))
		bwrite_int(w, "tandem-notify", 1);
	if (relay_is_tandem(rc) && relay_is_here(rc))
		locals_write(w, x);
}

/* Without a tag rtpengine deletes and tells no figures; without a delay of 0 it keeps the ports for 30 s. */
void media_delete_write(struct relay_client *rc, const char *call_id)
{
	struct bwriter *w = relay_request(rc, "delete");

	bwrite_str(w, "call-id", call_id);
	if (!relay_is_tandem(rc))
		bwrite_str(w, "from-tag", "a");
	bwrite_int(w, "delete-delay", 0);
}

/* The relays' own words (docs/ng.md), or how they begin: another relay may have what this one lacks. */
int media_fault(int err, const struct pl *reason)
{
	static const struct {
		const char *reason;
		int err;
	} faultv[] = {
		{"Ran out of ", ENOSPC}, /* ports, file descriptors */
		{"Out of memory", ENOSPC},
		{"Cannot open media sockets", ENOSPC},
		{"Parallel session limit reached", ENOSPC},
		{"load limit", ENOSPC},
		{"Unknown call-id", ENOENT},
	};

	for (size_t i = 0; i < ARRAY_SIZE(faultv); i++) {
		const size_t len = strlen(faultv[i].reason);

		if (reason->l >= len && !memcmp(reason->p, faultv[i].reason, len))
			return faultv[i].err;
	}

	return err;
}
