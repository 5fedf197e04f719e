/**
 * @file bdecode.c  What the bencode and the JSON decoder share: a cursor, nodes and limits
 */
#include <string.h>
#include <re.h>
#include "bdecode.h"

static void doc_destructor(void *arg)
{
	struct bdoc *doc = arg;

	mem_deref(doc->nodev);
	mem_deref(doc->copy);
}

int bdecoder_node(struct bdecoder *d, struct bval **nodep)
{
	struct bval *v;

	if (d->nodec >= BENCODE_NODES_MAX)
		return EOVERFLOW;

	v = d->nodev ? &d->nodev[d->nodec] : &d->scratch;
	++d->nodec;
	memset(v, 0, sizeof(*v));
	*nodep = v;

	return 0;
}

int bdecoder_number(int64_t *num, const struct pl *pl)
{
	const bool neg = pl->l && pl->p[0] == '-';
	const uint64_t limit = neg ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
	size_t i = neg ? 1 : 0;
	uint64_t n = 0;

	if (i == pl->l || (pl->p[i] == '0' && pl->l - i > 1))
		return EBADMSG;

	for (; i < pl->l; i++) {

		const unsigned digit = (unsigned)(uint8_t)pl->p[i] - '0';

		if (digit > 9 || n > (limit - digit) / 10)
			return EBADMSG;
		n = n * 10 + digit;
	}

	*num = neg ? (int64_t)(0 - n) : (int64_t)n;

	return 0;
}

static int run(struct bdecoder *d, const struct pl *pl, bdecode_h *h)
{
	struct bval *root;
	int err;

	d->p = pl->p;
	d->end = pl->p + pl->l;
	d->nodec = 0;
	d->copied = 0;

	err = bdecoder_node(d, &root);
	err = err ? err : h(d, root, 0);
	if (err)
		return err;

	return d->p == d->end ? 0 : EBADMSG;
}

int bdecoder_run(struct bdoc **docp, const struct pl *pl, bdecode_h *h)
{
	struct bdecoder d = {.nodev = NULL};
	struct bdoc *doc;
	int err;

	if (!docp || !pl || !pl->p)
		return EINVAL;

	err = run(&d, pl, h);
	if (err)
		return err;

	doc = mem_zalloc(sizeof(*doc), doc_destructor);
	if (!doc)
		return ENOMEM;

	doc->nodec = d.nodec;
	doc->nodev = mem_alloc(d.nodec * sizeof(*doc->nodev), NULL);
	doc->copy = mem_alloc(d.copied + 1, NULL);
	if (!doc->nodev || !doc->copy) {
		err = ENOMEM;
		goto out;
	}

	d.nodev = doc->nodev;
	d.copy = doc->copy;
	err = run(&d, pl, h);
	doc->root = doc->nodev;

out:
	if (err)
		mem_deref(doc);
	else
		*docp = doc;

	return err;
}
