/**
 * @file hairpin.c  Calls that come back to us: a party names one of our own media ports as its address
 */
#include <re.h>
#include "hairpin.h"

enum { HOPS_MAX = 8 }; /* sessions in a row: nobody forwards so often, and it bounds the search */

/** Whose port an address is. */
struct owner {
	const struct sa *sa;
	const struct session *session;
	const struct party *party;
	unsigned index; /* of its m-line */
};

static bool owns(const struct media *m, const struct sa *sa)
{
	const uint16_t rtp = sa_port(&m->local), port = sa_port(sa);

	return sa_cmp(&m->local, sa, SA_ADDR) && (port == rtp || port == rtp + 1);
}

static bool owner_handler(struct session *s, void *arg)
{
	struct owner *owner = arg;
	const struct party *p;
	struct le *le;
	unsigned i;

	for (le = list_head(&s->partyl); le; le = le->next) {

		p = le->data;
		for (i = 0; i < p->mediac; i++) {
			if (p->mediav[i] && owns(p->mediav[i], owner->sa)) {
				owner->session = s;
				owner->party = p;
				owner->index = i;
				return true;
			}
		}
	}

	return false;
}

/* What arrives at `sa` leaves at every other party of that session: as if all forks were active. */
static bool comes_back(const struct sessions *ss, const struct media *start, const struct sa *sa,
		       unsigned hops)
{
	struct owner owner = {.sa = sa};
	struct le *le;

	sessions_apply(ss, owner_handler, &owner);
	if (!owner.session)
		return false;

	for (le = list_head(&owner.session->partyl); le; le = le->next) {

		const struct party *p = le->data;
		const struct media *m = owner.index < p->mediac ? p->mediav[owner.index] : NULL;

		if (p == owner.party || !m)
			continue;

		if (m == start || !hops || comes_back(ss, start, &m->offer.addrv[STREAM_RTP], hops - 1))
			return true;
	}

	return false;
}

bool hairpin_loops(const struct session *s, const struct media *m, const struct sa *target)
{
	struct owner owner = {.sa = target};

	sessions_apply(s->sessions, owner_handler, &owner);

	return owner.session == s || comes_back(s->sessions, m, target, HOPS_MAX);
}
