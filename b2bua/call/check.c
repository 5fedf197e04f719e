/**
 * @file check.c  What a new call is refused for before it is routed: its INVITE, and the limits of who sent it
 */
#include <re.h>
#include "../leg/header.h"
#include "../leg/session_timer.h"
#include "core.h"

static bool is_reliable_enough(const struct call *call)
{
	return call->transfer || call->src->prack_in != PRACK_REQUIRED || leg_is_reliable(call->a);
}

struct check check_message(const struct call *call)
{
	const struct sip_msg *msg = call->invite;
	const char *reason;
	uint16_t scode;

	if (pl_isset(&msg->maxfwd) && !pl_u32(&msg->maxfwd))
		return (struct check){483, "Too Many Hops", "max_forwards"};

	if (door_sent(call->calls->e->door, msg))
		return (struct check){482, "Loop Detected", "loop"};

	if (header_requires_other(msg, setup_options(call->src)))
		return (struct check){420, "Bad Extension", "require"};

	if (session_refusal(&call->src->session, msg))
		return (struct check){422, "Session Interval Too Small", "session_interval"};

	if (!is_reliable_enough(call))
		return (struct check){421, "Extension Required", "prack_required"};

	if (pl_strcasecmp(&msg->uri.scheme, "sip") && pl_strcasecmp(&msg->uri.scheme, "sips") &&
	    pl_strcasecmp(&msg->uri.scheme, "tel"))
		return (struct check){416, "Unsupported URI Scheme", "uri_scheme"};

	scode = content_refusal(msg, &reason);
	if (scode)
		return (struct check){scode, reason, "content_type"};

	if (!content_sdp_accepted(msg))
		return (struct check){406, "Not Acceptable", "accept"};

	return (struct check){0, NULL, NULL};
}

struct check check_limits(struct call *call)
{
	const bool free = model_is_emergency(call->model, call->cdr->callee);
	const struct account *account = free ? NULL : call->src->account;
	struct hash *ht = call->calls->ht_load;

	if (call->calls->e->draining)
		return (struct check){503, "Service Unavailable", "draining"};

	if (!free && iface_is_behind(call->iface_a, call->invite))
		return (struct check){503, "Service Unavailable", "overload"};

	if (account && !account->enabled)
		return (struct check){403, "Account Disabled", "account_disabled"};

	if (account && call->cdr->start_us >= account->valid_until_us)
		return (struct check){403, "Account Expired", "account_expired"};

	if (load_take(&call->load_src, ht, "trunk", call->src->name, call->src->max_calls))
		return (struct check){503, "Too Many Calls", "trunk_limit"};

	if (account && load_take(&call->load_account, ht, "account", account->name, account->max_calls))
		return (struct check){403, "Too Many Calls", "account_limit"};

	return (struct check){0, NULL, NULL};
}
