/**
 * @file webhook.c  What the web server reports of the webhooks it delivers to
 */
#include <re.h>
#include "../store/webhooks.h"
#include "core.h"

void method_webhook_report(struct engine *e, struct control_req *req, const struct odict *params)
{
	const struct odict_entry *list = odict_get_type(params, ODICT_ARRAY, "webhooks");
	const int err = list ? webhooks_report(e->webhooks, list->u.odict) : EBADMSG;

	if (err == EBADMSG)
		control_error(req, CONTROL_INVALID_PARAMS,
			      "\"webhooks\" is no list of reports; are both programs of one version?");
	else
		method_reply(req, err, NULL);
}
