/**
 * @file party.c  One party of a session: its names, our address towards it, its m-lines, whom it talks to
 */
#include <string.h>
#include <re.h>
#include "clock.h"
#include "party.h"

static void party_destructor(void *arg)
{
	struct party *p = arg;
	unsigned i;

	list_unlink(&p->le);
	for (i = 0; i < p->mediac; i++)
		mem_deref(p->mediav[i]);
	mem_deref(p->tag);
	mem_deref(p->branch);
	mem_deref(p->label);
	rsdp_told_reset(&p->told);
}

int party_alloc(struct party **pp, struct list *partyl)
{
	struct party *p;

	if (list_count(partyl) >= PARTY_MAX)
		return EOVERFLOW;

	p = mem_zalloc(sizeof(*p), party_destructor);
	if (!p)
		return ENOMEM;

	list_append(partyl, &p->le, p);
	*pp = p;

	return 0;
}

static int name_set(char **namep, const struct pl *name)
{
	char *copy;
	const int err = pl_strdup(&copy, name);

	if (err)
		return err;

	mem_deref(*namep);
	*namep = copy;

	return 0;
}

int party_tag_set(struct party *p, const struct pl *tag)
{
	if (p->tag && !pl_strcmp(tag, p->tag))
		return 0;

	p->tag_us = clock_wall_us();

	return name_set(&p->tag, tag);
}

int party_branch_set(struct party *p, const struct pl *branch)
{
	return name_set(&p->branch, branch);
}

int party_label_set(struct party *p, const struct pl *label)
{
	return name_set(&p->label, label);
}

struct party *party_by_tag(const struct list *partyl, const struct pl *tag)
{
	struct le *le;

	for (le = tag->p ? list_head(partyl) : NULL; le; le = le->next) {

		struct party *p = le->data;

		if (p->tag && !pl_strcmp(tag, p->tag))
			return p;
	}

	return NULL;
}

struct party *party_by_branch(const struct list *partyl, const struct pl *branch)
{
	struct le *le;

	for (le = branch->p ? list_head(partyl) : NULL; le; le = le->next) {

		struct party *p = le->data;

		if (p->branch && !pl_strcmp(branch, p->branch))
			return p;
	}

	return NULL;
}

struct party *party_by_label(const struct list *partyl, const struct pl *label)
{
	struct le *le;

	for (le = label->p ? list_head(partyl) : NULL; le; le = le->next) {

		struct party *p = le->data;

		if (p->label && !pl_strcmp(label, p->label))
			return p;
	}

	return NULL;
}

static bool has_address(const struct party *p, const struct sa *addr)
{
	unsigned i;

	for (i = 0; i < p->mediac; i++)
		if (p->mediav[i] && sa_cmp(&p->mediav[i]->announce.addrv[STREAM_RTP], addr, SA_ADDR))
			return true;

	return false;
}

struct party *party_by_address(const struct list *partyl, const struct sa *addr)
{
	struct le *le;

	for (le = list_head(partyl); le; le = le->next)
		if (has_address(le->data, addr))
			return le->data;

	return NULL;
}

int party_media(struct media **mp, struct party *p, unsigned i, struct worker *worker, struct ports *ports)
{
	struct media *m = p->mediav[i];
	int err = 0;

	if (!m)
		err = media_alloc(&m, worker);

	err = err ? err : media_bind(m, ports, &p->local);
	if (err) {
		if (!p->mediav[i])
			mem_deref(m);
		return err;
	}

	p->mediav[i] = m;
	p->mediac = MAX(p->mediac, i + 1);
	*mp = m;

	return 0;
}

int party_talk(struct party *p, struct party *to)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < p->mediac && !err; i++)
		if (p->mediav[i])
			err = media_link(p->mediav[i], i < to->mediac ? to->mediav[i] : NULL);

	p->with = to;

	return err;
}

int party_forget(struct party *p)
{
	unsigned i;
	int err = 0;

	for (i = 0; i < p->mediac && !err; i++)
		if (p->mediav[i])
			err = media_forget(p->mediav[i]);

	return err;
}

/* The streams let go of each other in the worker (stream_detach). */
void party_remove(struct party *p)
{
	struct le *le;

	for (le = p->le.list ? list_head(p->le.list) : NULL; le; le = le->next) {

		struct party *other = le->data;

		if (other->with == p)
			other->with = NULL;
		if (other->asks == p)
			other->asks = NULL;
	}

	mem_deref(p);
}

uint64_t party_last_us(const struct party *p)
{
	uint64_t last_us = 0;
	unsigned i;

	for (i = 0; i < p->mediac; i++) {
		if (p->mediav[i]) {

			const uint64_t us = stream_last_us(lane_stream(p->mediav[i]->lane));

			last_us = MAX(us, last_us);
		}
	}

	return last_us;
}

/* Without memory there is none this time. */
void party_keepalive(const struct party *p, uint64_t before_us)
{
	unsigned i, part;

	for (i = 0; i < p->mediac; i++) {

		const struct media *m = p->mediav[i];
		bool due = false;

		for (part = 0; m && part < STREAM_PARTS; part++)
			due = due || stream_sent_us(lane_stream(m->lane), part) < before_us;

		if (due && m->announced)
			(void)lane_keepalive(m->lane, before_us);
	}
}

bool party_flows(const struct party *p)
{
	const struct party *with = p->with;
	unsigned i;

	for (i = 0; with && i < p->mediac && i < with->mediac; i++) {

		const struct media *m = p->mediav[i], *other = with->mediav[i];

		if (m && other && media_flows(m) && media_flows(other))
			return true;
	}

	return false;
}
