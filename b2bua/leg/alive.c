/**
 * @file alive.c  Who is called for long says so each minute
 */
#include <re.h>
#include "core.h"
#include "header.h"

enum { MINUTE_MS = 60000 };

static void minute(void *arg)
{
	struct leg *leg = arg;
	const uint16_t scode = leg->alive.scode;

	(void)leg_progress(leg, scode, header_phrase(scode), NULL);
}

void alive_said(struct leg *leg, uint16_t scode)
{
	leg->alive.scode = scode;
	tmr_start(&leg->alive.tmr, MINUTE_MS, minute, leg);
}

void alive_stop(struct leg *leg)
{
	tmr_cancel(&leg->alive.tmr);
}
