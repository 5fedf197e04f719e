/**
 * @file rate.c  `rate`: what a call to a number costs, and why, by the engine's own code
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "clock.h"
#include "escape.h"
#include "time_text.h"
#include "../charge/quote.h"
#include "../route/number.h"
#include "database.h"
#include "show.h"

static int usage(const char *text)
{
	(void)ctl_error("%s", text);

	return CTL_USAGE;
}

static int question_read(struct quote_question *q, char number[NUMBER_SIZE], const struct ctl *ctl)
{
	struct pl pl;

	if (!ctl->account == !ctl->tariff)
		return usage("whose price? give --account NAME or --tariff NAME");

	pl_set_str(&pl, ctl->argv[0]);
	number_normalise(number, &pl);

	q->number = number;
	q->account = ctl->account;
	q->tariff = ctl->tariff;
	q->at_us = clock_wall_us();
	if (ctl->at) {
		pl_set_str(&pl, ctl->at);
		if (time_text_decode(&q->at_us, &pl))
			return usage("--at: give a time such as 2026-07-01T08:30 (UTC) or "
				     "2026-07-01T08:30+08:00");
	}

	q->duration_ms = (int64_t)(ctl->given & CTL_DURATION ? ctl->duration_s : QUOTE_DURATION_S) * 1000;
	if (q->duration_ms > (int64_t)RATE_HORIZON_S * 1000)
		return usage("--duration: no call is longer than 30 days (2592000)");

	return CTL_OK;
}

static void answer_show(const struct odict *o)
{
	const struct odict_entry *why = odict_lookup(o, "why");
	const struct le *le;
	bool blocked = false;
	struct pl pl;

	(void)odict_get_boolean(o, &blocked, "blocked");
	if (blocked)
		(void)printf("blocked\n");
	else
		(void)printf("%s %s\n", odict_string(o, "price"), odict_string(o, "currency"));

	for (le = list_head(&why->u.odict->lst); le; le = le->next) {
		pl_set_str(&pl, ((const struct odict_entry *)le->data)->u.str);
		(void)re_printf("  %H\n", escape_print, &pl);
	}
}

int ctl_rate(const struct ctl *ctl)
{
	char number[NUMBER_SIZE], errstr[QUOTE_ERRSTR_SIZE];
	struct quote_question q = {0};
	struct odict *answer = NULL;
	struct database d;
	int code;

	code = question_read(&q, number, ctl);
	if (code)
		return code;

	code = database_open(&d, ctl);
	if (!code && quote_make(&answer, d.db, &q, errstr))
		code = ctl_error("%s", errstr);
	else if (!code && ctl->json)
		code = show_json(answer, ODICT_OBJECT, 0);
	else if (!code)
		answer_show(answer);

	mem_deref(answer);
	database_close(&d);

	return code;
}
