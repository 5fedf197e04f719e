/**
 * @file metrics_webhook.c  The figures of each webhook
 */
#include <string.h>
#include <re.h>
#include "metrics.h"

/* A name is the operator's: only these three would end the label (text format 0.0.4). */
static int label_print(struct re_printf *pf, const char *text)
{
	int err = 0;

	for (; *text && !err; text++)
		err = *text == '\n' ? re_hprintf(pf, "\\n")
				    : re_hprintf(pf, "%s%c", strchr("\"\\", *text) ? "\\" : "", *text);

	return err;
}

static int64_t figure_of(const struct odict *hook, const char *key)
{
	const struct odict_entry *e = odict_get_type(hook, ODICT_INT, key);
	const char *state = odict_string(hook, key);

	return e ? e->u.integer : state && !strcmp(state, "ok");
}

static int hook_print(struct mbuf *mb, const struct odict *hook, const char *key, const char *name)
{
	const char *label = odict_string(hook, "name");

	if (!label)
		return 0;

	return mbuf_printf(mb, "%s{webhook=\"%H\"} %lld\n", name, label_print, label, figure_of(hook, key));
}

int metrics_webhooks_print(struct mbuf *mb, const struct odict *status)
{
	static const struct {
		const char *key, *name, *type, *help;
	} v[] = {
		{"state", "tandem_webhook_up", "gauge", "1 while this webhook takes its events"},
		{"behind", "tandem_webhook_behind_events", "gauge",
		 "Events recorded since the last it was told"},
		{"behind_s", "tandem_webhook_behind_seconds", "gauge",
		 "Age of the oldest event it is to be told"},
		{"skipped", "tandem_webhook_skipped_total", "counter", "Events that were too old to be told"},
	};
	const struct odict_entry *hooks = status ? odict_get_type(status, ODICT_ARRAY, "webhooks") : NULL;
	int err = 0;

	if (!hooks || !hooks->u.odict->lst.head)
		return 0;

	for (size_t i = 0; i < ARRAY_SIZE(v) && !err; i++) {

		err = mbuf_printf(mb, "# HELP %s %s\n# TYPE %s %s\n", v[i].name, v[i].help, v[i].name,
				  v[i].type);

		for (const struct le *le = hooks->u.odict->lst.head; le && !err; le = le->next) {

			const struct odict_entry *e = le->data;

			if (e->type == ODICT_OBJECT)
				err = hook_print(mb, e->u.odict, v[i].key, v[i].name);
		}
	}

	return err;
}
