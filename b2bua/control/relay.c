/**
 * @file relay.c  Statistics of the media relay, from its bencode to JSON
 */
#include <re.h>
#include "call/relay_farm.h"
#include "core.h"

enum { HASH_SIZE = 16 };

static int bval_convert(struct odict *o, const struct bval *v, unsigned depth);

static int bval_add(struct odict *o, const char *key, const struct bval *v, unsigned depth)
{
	struct odict *sub = NULL;
	char *str = NULL;
	int err;

	switch (v->type) {

	case BVAL_INT:
		return odict_entry_add(o, key, ODICT_INT, v->num);

	case BVAL_STR:
		err = pl_strdup(&str, &v->str);
		err = err ? err : odict_entry_add(o, key, ODICT_STRING, str);
		mem_deref(str);
		return err;

	default:
		err = odict_alloc(&sub, HASH_SIZE);
		err = err ? err : bval_convert(sub, v, depth);
		err = err ? err
			  : odict_entry_add(o, key, v->type == BVAL_DICT ? ODICT_OBJECT : ODICT_ARRAY, sub);
		mem_deref(sub);
		return err;
	}
}

static int bval_convert(struct odict *o, const struct bval *v, unsigned depth)
{
	const struct bval *entry;
	int err = 0;

	if (depth > BENCODE_DEPTH_MAX)
		return EOVERFLOW;

	for (entry = v->child; entry && !err; entry = entry->next) {

		char *key = NULL;

		err = entry->key.p ? pl_strdup(&key, &entry->key) : str_dup(&key, "");
		err = err ? err : bval_add(o, key, entry, depth + 1);
		mem_deref(key);
	}

	return err;
}

static void statistics_handler(int err, const struct ng_msg *reply, void *arg)
{
	struct control_req *req = arg;
	struct odict *result = NULL;

	if (err) {
		control_error(req, CONTROL_FAILED, "the relay does not answer (%m); start it, or see its log",
			      err);
		return;
	}

	err = odict_alloc(&result, HASH_SIZE);
	err = err ? err : bval_convert(result, reply->dict, 0);

	method_reply(req, err, result);
}

void method_relay(struct engine *e, struct control_req *req, const struct odict *params)
{
	struct relay_client *rc = relay_farm_find(e->relays, odict_string(params, "relay"));

	if (!rc) {
		control_error(req, CONTROL_NOT_FOUND, "no relay has this name; \"status\" lists them");
		return;
	}

	(void)relay_request(rc, "statistics");
	if (relay_request_send(rc, NULL, statistics_handler, req))
		method_reply(req, ENOMEM, NULL);
}
