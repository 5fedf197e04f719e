/**
 * @file provision.c  What is provisioned: apply a document, export all
 */
#include <re.h>
#include "log.h"
#include "store/kind.h"
#include "core.h"

static void applied_handler(int err, const char *errstr, struct odict *result, void *arg)
{
	struct control_req *req = arg;
	bool applied = false;
	size_t changes;

	if (err) {
		control_error(req, CONTROL_FAILED, "%s", errstr);
		return;
	}

	changes = odict_count(odict_lookup(result, "changes")->u.odict, false);
	if (odict_get_boolean(result, &applied, "applied") && applied)
		log_info("control: provisioning applied, %zu change%s", changes, changes == 1 ? "" : "s");

	control_reply(req, mem_ref(result));
}

void method_apply(struct engine *e, struct control_req *req, const struct odict *params)
{
	const struct odict_entry *document = odict_lookup(params, "document");
	bool prune = false, dry_run = false;
	int err;

	if (!document || document->type != ODICT_OBJECT) {
		control_error(req, CONTROL_INVALID_PARAMS,
			      "\"document\" is missing; give the objects to apply");
		return;
	}

	(void)odict_get_boolean(params, &prune, "prune");
	(void)odict_get_boolean(params, &dry_run, "dry_run");

	err = store_apply(e->store, document->u.odict, prune, dry_run, applied_handler, req);
	if (err)
		method_reply(req, err, NULL);
}

static void exported_handler(int err, struct mbuf *json, void *arg)
{
	struct control_req *req = arg;

	if (err)
		method_reply(req, err, NULL);
	else
		control_reply_text(req, json);
}

void method_export(struct engine *e, struct control_req *req, const struct odict *params)
{
	const char *plural = odict_string(params, "kind");
	const struct kind *kind = plural ? kind_plural_find(plural) : NULL;
	int err;

	if (odict_lookup(params, "kind") && !kind) {
		control_error(req, CONTROL_INVALID_PARAMS,
			      "\"kind\" must be the name of a list of apply's, such as \"trunks\"");
		return;
	}

	err = store_export(e->store, kind, exported_handler, req);
	if (err)
		method_reply(req, err, NULL);
}
