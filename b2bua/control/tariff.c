/**
 * @file tariff.c  A price list is begun, written and brought into force
 */
#include <re.h>
#include "store/price_lists.h"
#include "core.h"

enum { HASH_SIZE = 4 };

static void list_handler(int err, const char *errstr, const struct price_list_result *result, void *arg)
{
	struct control_req *req = arg;
	struct odict *o = NULL;

	if (err) {
		control_error(req, err == ENOENT ? CONTROL_NOT_FOUND : CONTROL_FAILED, "%s", errstr);
		return;
	}

	err = odict_alloc(&o, HASH_SIZE);
	err = err ? err : odict_entry_add(o, "list", ODICT_INT, result->list);
	err = err ? err : odict_entry_add(o, "base", ODICT_INT, result->base);
	err = err ? err : method_uint_add(o, "rows", result->rows);
	method_reply(req, err, o);
}

/** What was asked could not be begun. */
static void refuse(struct control_req *req, int err)
{
	switch (err) {

	case ENOENT:
		control_error(req, CONTROL_NOT_FOUND,
			      "there is no such list (any more); a list that is not added to for ten minutes "
			      "is given up");
		break;
	case EBUSY:
		control_error(req, CONTROL_FAILED,
			      "another step of this list, or eight other lists, are under way; wait for "
			      "them");
		break;
	case EFBIG:
		control_error(req, CONTROL_INVALID_PARAMS,
			      "\"rows\" is too long; give at most 256 KiB at a time");
		break;
	case ERANGE:
		control_error(req, CONTROL_FAILED, "the list has not so many rows; import again");
		break;
	default:
		method_reply(req, err, NULL);
		break;
	}
}

static bool list_get(int64_t *list, struct control_req *req, const struct odict *params)
{
	const struct odict_entry *e = odict_lookup(params, "list");

	if (e && e->type == ODICT_INT) {
		*list = e->u.integer;
		return true;
	}

	control_error(req, CONTROL_INVALID_PARAMS, "\"list\" is missing; give what tariff_begin answered");

	return false;
}

void method_tariff_begin(struct engine *e, struct control_req *req, const struct odict *params)
{
	const char *tariff = odict_string(params, "tariff");
	int err;

	if (!tariff) {
		control_error(req, CONTROL_INVALID_PARAMS, "\"tariff\" is missing; give its name");
		return;
	}

	err = price_list_begin(e->price_lists, tariff, list_handler, req);
	if (err)
		refuse(req, err);
}

void method_tariff_rows(struct engine *e, struct control_req *req, const struct odict *params)
{
	const char *rows = odict_string(params, "rows");
	int64_t list;
	int err;

	if (!list_get(&list, req, params))
		return;
	if (!rows) {
		control_error(req, CONTROL_INVALID_PARAMS,
			      "\"rows\" is missing; give lines of CSV (docs/control.md)");
		return;
	}

	err = price_list_add(e->price_lists, list, rows, list_handler, req);
	if (err)
		refuse(req, err);
}

void method_tariff_commit(struct engine *e, struct control_req *req, const struct odict *params)
{
	uint64_t count;
	int64_t list;
	int err;

	if (!list_get(&list, req, params))
		return;
	if (!odict_get_number(params, &count, "count")) {
		control_error(req, CONTROL_INVALID_PARAMS,
			      "\"count\" is missing; give how many rows were added");
		return;
	}

	err = price_list_commit(e->price_lists, list, count, list_handler, req);
	if (err)
		refuse(req, err);
}

void method_tariff_cancel(struct engine *e, struct control_req *req, const struct odict *params)
{
	int64_t list;

	if (!list_get(&list, req, params))
		return;

	if (price_list_cancel(e->price_lists, list))
		control_reply(req, NULL);
	else
		refuse(req, ENOENT);
}
