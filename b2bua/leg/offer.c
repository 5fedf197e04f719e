/**
 * @file offer.c  Offer/answer state table
 */
#include <re.h>
#include "offer.h"

static const char *const states[OFFER_STATEC] = {
	"idle", "local offer", "remote offer", "stable", "local re-offer", "remote re-offer",
};

static const char *const events[OFFER_EVENTC] = {
	"offer sent", "offer received", "answer sent", "answer received", "refused",
};

static const struct state_row rows[] = {
	{OFFER_IDLE, OFFER_SENT, OFFER_LOCAL, NULL},
	{OFFER_IDLE, OFFER_RECEIVED, OFFER_REMOTE, NULL},
	{OFFER_LOCAL, OFFER_ANSWER_RECEIVED, OFFER_STABLE, NULL},
	{OFFER_LOCAL, OFFER_REFUSED, OFFER_IDLE, NULL},
	{OFFER_REMOTE, OFFER_ANSWER_SENT, OFFER_STABLE, NULL},
	{OFFER_REMOTE, OFFER_REFUSED, OFFER_IDLE, NULL},
	{OFFER_STABLE, OFFER_SENT, OFFER_LOCAL_AGAIN, NULL},
	{OFFER_STABLE, OFFER_RECEIVED, OFFER_REMOTE_AGAIN, NULL},
	{OFFER_LOCAL_AGAIN, OFFER_ANSWER_RECEIVED, OFFER_STABLE, NULL},
	{OFFER_LOCAL_AGAIN, OFFER_REFUSED, OFFER_STABLE, NULL},
	{OFFER_REMOTE_AGAIN, OFFER_ANSWER_SENT, OFFER_STABLE, NULL},
	{OFFER_REMOTE_AGAIN, OFFER_REFUSED, OFFER_STABLE, NULL},
};

const struct statetable offer_table = {
	.name = "offer",
	.statev = states,
	.eventv = events,
	.statec = OFFER_STATEC,
	.eventc = OFFER_EVENTC,
	.rowv = rows,
	.rowc = sizeof(rows) / sizeof(rows[0]),
};

int offer_step(uint8_t *state, enum offer_event ev, const char *who)
{
	return statetable_step(&offer_table, state, (uint8_t)ev, NULL, NULL, who);
}
