/**
 * @file call_media.c  What a call's relay says of its media just now
 */
#include <re.h>
#include "call/quality.h"
#include "call/relay.h"
#include "call_media.h"

enum { HASH_SIZE = 16 };

/** An answer that waits for the relay. The call may end meanwhile. */
struct look {
	struct control_req *req;
	struct odict *result;
};

static void look_destructor(void *arg)
{
	struct look *look = arg;

	mem_deref(look->result);
}

static int party_add(struct odict *media, const char *key, const struct bval *reply, const struct bval *tag)
{
	struct odict *party = NULL;
	int err;

	if (!tag)
		return odict_entry_add(media, key, ODICT_NULL);

	err = odict_alloc(&party, HASH_SIZE);
	err = err ? err : quality_describe(party, reply, tag);
	err = err ? err : odict_entry_add(media, key, ODICT_OBJECT, party);
	mem_deref(party);

	return err;
}

/* Of trunks tried in turn, the last one is whom the caller talks to. */
static int media_add(struct odict *result, const struct bval *reply)
{
	const struct bval *tags = bval_get(reply, "tags"), *tag, *b = NULL;
	struct odict *media = NULL;
	int err;

	for (tag = tags ? tags->child : NULL; tag; tag = tag->next)
		if (pl_strcmp(&tag->key, "a"))
			b = tag;

	err = odict_alloc(&media, HASH_SIZE);
	err = err ? err : party_add(media, "a", reply, bval_get(tags, "a"));
	err = err ? err : party_add(media, "b", reply, b);
	err = err ? err : odict_entry_add(result, "media", ODICT_OBJECT, media);
	mem_deref(media);

	return err;
}

static void reply_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct look *look = arg;

	err = !err && reply ? media_add(look->result, reply->dict)
			    : odict_entry_add(look->result, "media", ODICT_NULL);
	method_reply(look->req, err, mem_ref(look->result));
	mem_deref(look);
}

void call_media_reply(struct control_req *req, struct odict *result, const struct call *call)
{
	struct relay_client *rc = call_relay(call);
	struct look *look = rc ? mem_zalloc(sizeof(*look), look_destructor) : NULL;

	if (!look) {
		method_reply(req, odict_entry_add(result, "media", ODICT_NULL), result);
		return;
	}

	look->req = req;
	look->result = result;
	bwrite_str(relay_request(rc, "query"), "call-id", odict_string(result, "id"));
	if (relay_request_send(rc, NULL, reply_handler, look)) {
		method_reply(req, ENOMEM, mem_ref(result));
		mem_deref(look);
	}
}
