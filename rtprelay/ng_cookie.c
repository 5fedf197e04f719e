/**
 * @file ng_cookie.c  Replies kept for a while, so that a repeated request is not carried out again
 */
#include <string.h>
#include <re.h>
#include "ng_cookie.h"

enum { HASH_SIZE = 32768 };

/** One reply; `bytev` holds the client's address, the cookie and the reply, one behind the other. */
struct kept {
	struct le he;
	struct le age; /* in `oldest`, by time */
	struct ng_cookies *cookies;
	uint64_t until_ms;
	size_t addr_len;
	size_t cookie_len;
	size_t reply_len;
	uint8_t bytev[];
};

struct ng_cookies {
	struct hash *table;
	struct list oldest;
	size_t bytes;
	size_t bytes_max;
};

static void cookies_destructor(void *arg)
{
	struct ng_cookies *nc = arg;

	list_flush(&nc->oldest);
	mem_deref(nc->table);
}

static size_t kept_size(const struct kept *k)
{
	return sizeof(*k) + k->addr_len + k->cookie_len + k->reply_len;
}

static void kept_destructor(void *arg)
{
	struct kept *k = arg;

	k->cookies->bytes -= kept_size(k);
	list_unlink(&k->age);
	hash_unlink(&k->he);
}

int ng_cookies_alloc(struct ng_cookies **ncp, size_t bytes_max)
{
	struct ng_cookies *nc;
	int err;

	nc = mem_zalloc(sizeof(*nc), cookies_destructor);
	if (!nc)
		return ENOMEM;

	nc->bytes_max = bytes_max;
	err = hash_alloc(&nc->table, HASH_SIZE);

	if (err)
		mem_deref(nc);
	else
		*ncp = nc;

	return err;
}

struct search {
	const struct ng_peer *peer;
	const struct pl *cookie;
};

static bool cmp_handler(struct le *le, void *arg)
{
	const struct kept *k = le->data;
	const struct search *search = arg;

	return k->addr_len == search->peer->len && k->cookie_len == search->cookie->l &&
	       !memcmp(k->bytev, &search->peer->u, k->addr_len) &&
	       !memcmp(k->bytev + k->addr_len, search->cookie->p, k->cookie_len);
}

bool ng_cookies_find(const struct ng_cookies *nc, const struct ng_peer *peer, const struct pl *cookie,
		     struct pl *reply)
{
	struct search search = {.peer = peer, .cookie = cookie};
	const struct kept *k;

	k = list_ledata(hash_lookup(nc->table, hash_joaat_pl(cookie), cmp_handler, &search));
	if (!k)
		return false;

	reply->p = (const char *)k->bytev + k->addr_len + k->cookie_len;
	reply->l = k->reply_len;

	return true;
}

void ng_cookies_add(struct ng_cookies *nc, const struct ng_peer *peer, const struct pl *cookie,
		    const struct mbuf *reply, uint64_t now_ms)
{
	struct kept *k;

	k = mem_zalloc(sizeof(*k) + peer->len + cookie->l + reply->end, kept_destructor);
	if (!k)
		return;

	k->cookies = nc;
	k->until_ms = now_ms + NG_COOKIE_KEEP_MS;
	k->addr_len = peer->len;
	k->cookie_len = cookie->l;
	k->reply_len = reply->end;
	memcpy(k->bytev, &peer->u, peer->len);
	memcpy(k->bytev + peer->len, cookie->p, cookie->l);
	memcpy(k->bytev + peer->len + cookie->l, reply->buf, reply->end);

	nc->bytes += kept_size(k);
	list_append(&nc->oldest, &k->age, k);
	hash_append(nc->table, hash_joaat_pl(cookie), &k->he, k);

	while (nc->bytes > nc->bytes_max)
		mem_deref(list_ledata(list_head(&nc->oldest)));
}

void ng_cookies_expire(struct ng_cookies *nc, uint64_t now_ms)
{
	const struct kept *k;

	while ((k = list_ledata(list_head(&nc->oldest))) && k->until_ms <= now_ms)
		mem_deref((void *)k);
}

uint32_t ng_cookies_count(const struct ng_cookies *nc)
{
	return list_count(&nc->oldest);
}
