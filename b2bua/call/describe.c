/**
 * @file describe.c  A call as the operator sees it
 */
#include <re.h>
#include "wheel.h"
#include "core.h"

/** Where the other side is; null until that is known. */
static int peer_describe(struct odict *od, const struct sa *peer)
{
	char addr[64];

	if (!sa_isset(peer, SA_ADDR))
		return odict_entry_add(od, "peer", ODICT_NULL);

	(void)re_snprintf(addr, sizeof(addr), "%J", peer);

	return odict_entry_add(od, "peer", ODICT_STRING, addr);
}

/** A time; null until it has come. */
static int time_describe(struct odict *od, const char *key, int64_t us)
{
	return us ? odict_entry_add(od, key, ODICT_INT, us) : odict_entry_add(od, key, ODICT_NULL);
}

static int leg_describe(struct odict *od, const struct leg *leg, const char *trunk)
{
	int err;

	err = odict_entry_add(od, "state", ODICT_STRING, leg_state_name(leg));
	err |= odict_entry_add(od, "call_id", ODICT_STRING, leg_callid(leg));
	err |= peer_describe(od, leg_peer(leg));
	if (trunk)
		err |= odict_entry_add(od, "trunk", ODICT_STRING, trunk);

	return err;
}

static int describe_leg_into(struct odict *od, const char *key, const struct leg *leg, const char *trunk)
{
	struct odict *sub = NULL;
	int err;

	if (!leg)
		return 0;

	err = odict_alloc(&sub, 8);
	err = err ? err : leg_describe(sub, leg, trunk);
	err = err ? err : odict_entry_add(od, key, ODICT_OBJECT, sub);
	mem_deref(sub);

	return err;
}

static int describe_text(struct odict *od, const char *key, const char *value)
{
	return value ? odict_entry_add(od, key, ODICT_STRING, value) : 0;
}

static int describe_full(const struct call *call, struct odict *od)
{
	int err;

	err = describe_leg_into(od, "a", call->a, call->trunk_a->name);
	err |= describe_leg_into(od, "b", call->b, call->dst ? call->dst->name : NULL);
	err |= odict_entry_add(od, "anchored", ODICT_BOOL, media_anchored(call->media));
	err |= odict_entry_add(od, "tried", ODICT_INT, (int64_t)call->attempt.count);
	err |= describe_text(od, "a_codec", call->cdr->a_codec);
	err |= describe_text(od, "b_codec", call->cdr->b_codec);
	err |= describe_text(od, "a_user_agent", call->cdr->a_user_agent);
	err |= odict_entry_add(od, "start_us", ODICT_INT, call->cdr->start_us);
	err |= time_describe(od, "ring_us", call->cdr->ring_us);
	err |= time_describe(od, "answer_us", call->cdr->answer_us);

	return err;
}

const char *call_id(const struct call *call)
{
	return call->cdr->cdr_id;
}

const char *call_account(const struct call *call)
{
	return model_is_emergency(call->model, call->cdr->callee) ? NULL : call->cdr->account;
}

struct relay_client *call_relay(const struct call *call)
{
	return call->media ? media_relay(call->media) : NULL;
}

int call_describe(const struct call *call, struct odict *od, bool full)
{
	const struct cdr *cdr = call->cdr;
	uint64_t now = clock_mono_ms();
	int err;

	err = odict_entry_add(od, "id", ODICT_STRING, cdr->cdr_id);
	err |= odict_entry_add(od, "state", ODICT_STRING, call_table.statev[call->state]);
	err |= describe_text(od, "src_trunk", cdr->src_trunk);
	err |= describe_text(od, "dst_trunk", cdr->dst_trunk);
	err |= describe_text(od, "account", cdr->account);
	err |= describe_text(od, "caller", cdr->caller);
	err |= describe_text(od, "callee", cdr->callee);
	err |= odict_entry_add(od, "age_ms", ODICT_INT, (int64_t)(now - call->start_ms));
	err |= odict_entry_add(od, "talk_ms", ODICT_INT,
			       call->answer_ms ? (int64_t)(now - call->answer_ms) : 0);

	return full ? err | describe_full(call, od) : err;
}
