/**
 * @file ng_target.c  The list of media relays in tandem.conf
 */
#include <errno.h>
#include <string.h>
#include "hostport.h"
#include "ng_target.h"

static const char remedy_form[] =
	"udp:ADDR:PORT or unix:PATH, each with an optional weight=N; commas between "
	"several";

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t';
}

static void trim(struct pl *pl)
{
	while (pl->l && is_blank(*pl->p))
		pl_advance(pl, 1);
	while (pl->l && is_blank(pl->p[pl->l - 1]))
		--pl->l;
}

/* Cut what stands before `ch` off `pl`, and `ch` itself; all of it where `ch` does not occur. */
static struct pl cut(struct pl *pl, char ch)
{
	const char *end = pl_strchr(pl, ch);
	struct pl head = {pl->p, end ? (size_t)(end - pl->p) : pl->l};

	pl_advance(pl, (ssize_t)(end ? head.l + 1 : head.l));
	trim(&head);

	return head;
}

static bool starts_with(const struct pl *pl, const char *head)
{
	return pl->l > strlen(head) && !memcmp(pl->p, head, strlen(head));
}

static const char *weight_read(struct ng_target *t, struct pl option)
{
	if (!starts_with(&option, "weight="))
		return remedy_form;

	pl_advance(&option, (ssize_t)strlen("weight="));
	if (decimal_decode(&t->weight, &option) || t->weight > NG_WEIGHT_MAX)
		return "a weight from 0 to 1000: udp:ADDR:PORT weight=N";

	return NULL;
}

int ng_target_unix(struct ng_target *t, const char *path)
{
	memset(t, 0, sizeof(*t));
	t->weight = 1;

	if (strlen(path) >= sizeof(t->path))
		return ENAMETOOLONG;

	str_ncpy(t->path, path, sizeof(t->path));
	(void)re_snprintf(t->name, sizeof(t->name), "unix:%s", path);

	return 0;
}

static const char *address_read(struct ng_target *t, struct pl addr)
{
	char path[NG_PATH_SIZE];

	if (starts_with(&addr, "unix:")) {
		pl_advance(&addr, (ssize_t)strlen("unix:"));
		if (addr.l >= sizeof(path))
			return "a path shorter than 108 bytes after unix:";
		(void)pl_strcpy(&addr, path, sizeof(path));
		(void)ng_target_unix(t, path);
		return NULL;
	}

	if (!starts_with(&addr, "udp:"))
		return remedy_form;

	pl_advance(&addr, (ssize_t)strlen("udp:"));
	if (hostport_decode(&t->addr, &addr) || sa_is_any(&t->addr))
		return remedy_form;

	(void)re_snprintf(t->name, sizeof(t->name), "udp:%J", &t->addr);
	t->weight = 1;

	return NULL;
}

static const char *target_read(struct ng_target *t, struct pl item)
{
	const struct pl addr = cut(&item, ' ');
	const char *remedy;

	memset(t, 0, sizeof(*t));
	trim(&item);

	remedy = address_read(t, addr);
	if (!remedy && item.l)
		remedy = weight_read(t, item);

	return remedy;
}

static bool is_twice(const struct ng_targets *targets)
{
	size_t i;

	for (i = 0; i + 1 < targets->c; i++)
		if (!strcmp(targets->v[i].name, targets->v[targets->c - 1].name))
			return true;

	return false;
}

int ng_targets_decode(struct ng_targets *targets, const struct pl *text, const char **remedy)
{
	struct pl rest = *text;

	targets->c = 0;
	*remedy = NULL;

	trim(&rest);
	if (!rest.l)
		return 0;

	if (rest.p[rest.l - 1] == ',') {
		*remedy = remedy_form;
		return EINVAL;
	}

	do {
		if (targets->c == NG_TARGETS_MAX) {
			*remedy = "at most 16 relays";
			return EINVAL;
		}

		*remedy = target_read(&targets->v[targets->c++], cut(&rest, ','));
		if (!*remedy && is_twice(targets))
			*remedy = "each relay once";
		if (*remedy)
			return EINVAL;
	} while (rest.l);

	return 0;
}
