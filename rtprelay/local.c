/**
 * @file local.c  Which of our addresses a party sees
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <re.h>
#include "local.h"

enum { NAME_MAX_LEN = 63 };

/** One address of an interface. */
struct local {
	struct le le;
	char name[NAME_MAX_LEN + 1];
	struct sa addr;
	struct sa advertised; /* no family: addr */
};

struct locals {
	struct list locall;
};

static void local_destructor(void *arg)
{
	struct local *local = arg;

	list_unlink(&local->le);
}

static void locals_destructor(void *arg)
{
	struct locals *l = arg;

	list_flush(&l->locall);
}

static bool is_gap(char c)
{
	return c == ' ' || c == ',' || c == '\t';
}

/* Take the next word off `rest`. */
static bool word_next(struct pl *word, struct pl *rest)
{
	while (rest->l && is_gap(*rest->p))
		pl_advance(rest, 1);

	word->p = rest->p;
	word->l = 0;
	while (rest->l && !is_gap(*rest->p)) {
		pl_advance(rest, 1);
		++word->l;
	}

	return word->l > 0;
}

/* What stands before the first `sep`; `behind` gets the rest, unset if there is none. */
static struct pl cut(const struct pl *pl, char sep, struct pl *behind)
{
	const char *at = pl_strchr(pl, sep);
	struct pl front = *pl;

	*behind = pl_null;
	if (at) {
		front.l = (size_t)(at - pl->p);
		behind->p = at + 1;
		behind->l = pl->l - front.l - 1;
	}

	return front;
}

static int address_decode(struct sa *sa, const struct pl *pl)
{
	return pl->l && !sa_set(sa, pl, 0) && !sa_is_any(sa) ? 0 : EINVAL;
}

static int local_decode(struct local *local, const struct pl *word)
{
	struct pl name, addrs, addr, advertised;

	name = cut(word, '=', &addrs);
	if (!addrs.p || !name.l || name.l > NAME_MAX_LEN)
		return EINVAL;

	(void)pl_strcpy(&name, local->name, sizeof(local->name));
	addr = cut(&addrs, '!', &advertised);
	if (address_decode(&local->addr, &addr))
		return EINVAL;

	if (!advertised.p)
		return 0;

	return address_decode(&local->advertised, &advertised) ||
			       sa_af(&local->advertised) != sa_af(&local->addr)
		       ? EINVAL
		       : 0;
}

static int local_add(struct locals *l, const struct pl *word)
{
	struct local *local = mem_zalloc(sizeof(*local), local_destructor);
	int err;

	if (!local)
		return ENOMEM;

	err = local_decode(local, word);
	if (err)
		mem_deref(local);
	else
		list_append(&l->locall, &local->le, local);

	return err;
}

int locals_alloc(struct locals **lp, const char *text, char *why, size_t size)
{
	struct locals *l = mem_zalloc(sizeof(*l), locals_destructor);
	struct pl rest, word;
	int err = 0;

	if (!l)
		return ENOMEM;

	pl_set_str(&rest, text ? text : "");
	while (!err && word_next(&word, &rest))
		err = local_add(l, &word);

	if (err) {
		(void)re_snprintf(why, size, "'%r' is not NAME=ADDRESS or NAME=ADDRESS!ADVERTISED", &word);
		mem_deref(l);
		return err;
	}

	*lp = l;

	return 0;
}

static int find(const struct locals *l, struct sa *sa, const struct pl *name, int af)
{
	const struct le *le;

	for (le = l ? list_head(&l->locall) : NULL; le; le = le->next) {

		const struct local *local = le->data;

		if ((name && pl_strcmp(name, local->name)) || (af && sa_af(&local->addr) != af))
			continue;

		*sa = local->addr;
		return 0;
	}

	return ENOENT;
}

int locals_by_name(const struct locals *l, struct sa *local, const struct pl *name, int af)
{
	return find(l, local, name, af);
}

int locals_first(const struct locals *l, struct sa *local, int af)
{
	return find(l, local, NULL, af);
}

void locals_shown(const struct locals *l, struct sa *shown, const struct sa *local)
{
	const struct le *le;

	*shown = *local;

	for (le = l ? list_head(&l->locall) : NULL; le; le = le->next) {

		const struct local *known = le->data;

		if (sa_isset(&known->advertised, SA_ADDR) && sa_cmp(&known->addr, local, SA_ADDR)) {
			*shown = known->advertised;
			return;
		}
	}
}

int local_by_route(struct sa *local, const struct sa *dst)
{
	int fd, err = 0;

	fd = socket(sa_af(dst), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;

	local->len = sizeof(local->u);
	if (connect(fd, &dst->u.sa, dst->len) || getsockname(fd, &local->u.sa, &local->len))
		err = errno;

	(void)close(fd);
	sa_set_port(local, 0);

	return err;
}
