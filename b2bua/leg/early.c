/**
 * @file early.c  The early dialogs that one INVITE of ours made
 */
#include <re.h>
#include "core.h"

struct parked {
	struct le le;
	struct dialog dlg; /* what is not one's own stays in the leg: callid, ltag, local, lseq */
	struct exchange exchange;
	uint32_t allow;
	struct early early;
};

static void destructor(void *arg)
{
	struct parked *p = arg;

	list_unlink(&p->le);
	dialog_reset(&p->dlg);
	exchange_reset(&p->exchange);
	mem_deref(p->early.said);
}

#define SWAP(type, a, b)          \
	do {                      \
		type swap_ = (a); \
		(a) = (b);        \
		(b) = swap_;      \
	} while (0)

static void swap(struct leg *leg, struct parked *p)
{
	SWAP(char *, leg->dlg.rtag, p->dlg.rtag);
	SWAP(char *, leg->dlg.remote, p->dlg.remote);
	SWAP(char *, leg->dlg.target, p->dlg.target);
	SWAP(char *, leg->dlg.routes, p->dlg.routes);
	SWAP(char *, leg->dlg.next_hop, p->dlg.next_hop);
	SWAP(char *, leg->dlg.strict, p->dlg.strict);
	SWAP(uint32_t, leg->dlg.rseq, p->dlg.rseq);
	SWAP(bool, leg->dlg.rseq_set, p->dlg.rseq_set);
	SWAP(struct exchange, leg->exchange, p->exchange);
	SWAP(uint32_t, leg->allow, p->allow);
	SWAP(struct early, leg->early, p->early);
}

static struct parked *find(const struct leg *leg, const struct pl *rtag)
{
	struct le *le;

	for (le = leg->forks.parkedl.head; le; le = le->next) {
		struct parked *p = le->data;

		if (!pl_strcmp(rtag, p->dlg.rtag))
			return p;
	}

	return NULL;
}

/* Where the INVITE left it: the offer is out, and what it was sent to is all that is known. */
static struct parked *begin(const struct leg *leg, const struct pl *rtag)
{
	struct parked *p = mem_zalloc(sizeof(*p), destructor);

	if (!p)
		return NULL;

	if (pl_strdup(&p->dlg.rtag, rtag)) {
		mem_deref(p);
		return NULL;
	}

	p->dlg.remote = mem_ref(leg->dlg.remote);
	p->dlg.target = mem_ref(leg->dlg.target);
	p->dlg.next_hop = mem_ref(leg->dlg.next_hop);
	p->exchange.state = leg->offered ? OFFER_LOCAL : OFFER_IDLE;
	p->exchange.said = mem_ref(leg->forks.offer);

	return p;
}

/* What was in force is parked as the one heard last. */
static void enter(struct leg *leg, struct parked *p)
{
	struct forks *f = &leg->forks;

	swap(leg, p);
	list_unlink(&p->le);
	list_append(&f->parkedl, &p->le, p);
	f->forked = true;
	if (list_count(&f->parkedl) > EARLY_MAX)
		mem_deref(f->parkedl.head->data);
}

static bool is_other(const struct leg *leg, const struct pl *rtag)
{
	const bool early = leg->uac && (leg->state == LEG_EARLY || leg->state == LEG_CANCELLING);

	return early && pl_isset(rtag) && leg->dlg.rtag && pl_strcmp(rtag, leg->dlg.rtag);
}

void early_enter_known(struct leg *leg, const struct pl *rtag)
{
	struct parked *p = is_other(leg, rtag) ? find(leg, rtag) : NULL;

	if (p)
		enter(leg, p);
}

bool early_has(const struct leg *leg, const struct pl *rtag)
{
	return leg->dlg.rtag && (!pl_strcmp(rtag, leg->dlg.rtag) || find(leg, rtag));
}

void early_enter(struct leg *leg, const struct pl *rtag)
{
	struct parked *p;

	if (!is_other(leg, rtag))
		return;

	p = find(leg, rtag);
	if (!p)
		p = begin(leg, rtag);
	if (p)
		enter(leg, p);
}

void early_terminated(struct leg *leg, const struct pl *rtag)
{
	struct parked *p;

	if (is_other(leg, rtag)) {
		mem_deref(find(leg, rtag));
		return;
	}

	p = list_ledata(leg->forks.parkedl.tail);
	if (p) {
		swap(leg, p);
		mem_deref(p);
	}
}

void early_said(struct leg *leg, const struct sip_msg *msg)
{
	if (!content_sdp_of(msg).p)
		return;

	mem_deref(leg->early.said);
	leg->early.said = mem_ref((void *)msg);
}

void early_reset(struct leg *leg)
{
	list_flush(&leg->forks.parkedl);
	leg->forks.offer = mem_deref(leg->forks.offer);
	leg->early.said = mem_deref(leg->early.said);
}

bool leg_is_forked(const struct leg *leg)
{
	return leg->forks.forked;
}

const struct sip_msg *leg_early_said(const struct leg *leg)
{
	return leg->early.said;
}
