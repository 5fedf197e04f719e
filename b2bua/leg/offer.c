/**
 * @file offer.c  Offer/answer state table, and what was said
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

/* FNV-1a. Its owner alone would gain from two texts of one hash: the answer it has already. */
uint64_t exchange_hash(const struct pl *sdp)
{
	uint64_t hash = 0xcbf29ce484222325ull;

	for (size_t i = 0; i < sdp->l; i++)
		hash = (hash ^ (uint8_t)sdp->p[i]) * 0x100000001b3ull;

	return hash ? hash : 1;
}

static int text_keep(char **textp, const struct pl *sdp)
{
	char *text = NULL;
	int err = pl_isset(sdp) ? pl_strdup(&text, sdp) : 0;

	mem_deref(*textp);
	*textp = text;

	return err;
}

static void agree(struct exchange *x, uint64_t theirs)
{
	/* an answer may be left out where it was given before */
	if (x->said) {
		mem_deref(x->ours);
		x->ours = x->said;
		x->said = NULL;
	}

	x->theirs = theirs;
	x->heard = 0;
}

int exchange_step(struct exchange *x, enum offer_event ev, const struct pl *sdp, const char *who)
{
	int err = offer_step(&x->state, ev, who);

	if (err)
		return err;

	switch (ev) {

	case OFFER_SENT:
		return text_keep(&x->said, sdp);

	case OFFER_RECEIVED:
		x->heard = pl_isset(sdp) ? exchange_hash(sdp) : 0;
		break;

	case OFFER_ANSWER_SENT:
		err = text_keep(&x->said, sdp);
		agree(x, pl_isset(sdp) ? x->heard : 0);
		break;

	case OFFER_ANSWER_RECEIVED:
		agree(x, pl_isset(sdp) ? exchange_hash(sdp) : 0);
		break;

	default:
		x->said = mem_deref(x->said);
		x->heard = 0;
		break;
	}

	return err;
}

bool exchange_repeats(const struct exchange *x, const struct pl *sdp)
{
	return x->state == OFFER_STABLE && x->ours && pl_isset(sdp) && exchange_hash(sdp) == x->theirs;
}

void exchange_reset(struct exchange *x)
{
	x->ours = mem_deref(x->ours);
	x->said = mem_deref(x->said);
}
