/**
 * @file cache.c  Answers kept, and questions that wait for theirs
 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <re.h>
#include "clock.h"
#include "log.h"
#include "cache.h"
#include "hosts.h"

enum {
	HASH_SIZE = 256,
	ENTRIES_MAX = 2048,
	FAILED_MS = 5000,            /* nobody answered: for so long nobody is asked again */
	STALE_MS = 24 * 3600 * 1000, /* what was known for so long goes on meanwhile */
	HOSTS_SIZE_MAX = 1024 * 1024,
	HOSTS_LOOK_MS = 1000,
};

struct entry {
	struct le he;  /* by name */
	struct le age; /* the last used comes last */
	struct dns_cache *cache;
	char *name;
	uint16_t type;
	bool known;
	struct list rrl;
	uint64_t answered_ms, until_ms, stale_ms;
	struct dns_ask *ask; /* under way */
	bool local;          /* in the hosts file, as it was when we looked */
	uint32_t hosts_version;
};

struct dns_cache {
	struct dns_servers servers;
	struct hash *ht;
	struct list agel;
	uint32_t entryc;
	dns_cache_h *cacheh;
	void *arg;

	char *hosts_path, *hosts; /* and its text */
	struct timespec hosts_time;
	uint64_t hosts_look_ms;
	uint32_t hosts_version; /* counts its changes */
};

static void entry_destructor(void *arg)
{
	struct entry *e = arg;

	--e->cache->entryc;
	hash_unlink(&e->he);
	list_unlink(&e->age);
	list_flush(&e->rrl);
	mem_deref(e->ask);
	mem_deref(e->name);
}

static void destructor(void *arg)
{
	struct dns_cache *c = arg;

	hash_flush(c->ht);
	mem_deref(c->ht);
	mem_deref(c->hosts_path);
	mem_deref(c->hosts);
}

int dns_cache_alloc(struct dns_cache **cp, const struct dns_servers *servers, const char *hosts,
		    dns_cache_h *cacheh, void *arg)
{
	struct dns_cache *c = mem_zalloc(sizeof(*c), destructor);
	int err;

	if (!c)
		return ENOMEM;

	c->servers = *servers;
	c->cacheh = cacheh;
	c->arg = arg;
	err = str_dup(&c->hosts_path, hosts);
	err = err ? err : hash_alloc(&c->ht, HASH_SIZE);

	if (err)
		mem_deref(c);
	else
		*cp = c;

	return err;
}

/* ------------------------------------------------------------------ the hosts file */

static void records_take(struct entry *e, struct list *rrl)
{
	list_flush(&e->rrl);

	while (rrl->head) {
		struct dnsrr *rr = rrl->head->data;

		list_unlink(&rr->le);
		list_append(&e->rrl, &rr->le, rr);
	}
}

static char *file_read(int fd, size_t size)
{
	char *text = mem_alloc(size + 1, NULL);
	ssize_t n;

	if (!text)
		return NULL;

	n = read(fd, text, size);
	text[n > 0 ? n : 0] = '\0';

	return text;
}

static void hosts_look(struct dns_cache *c, uint64_t now_ms)
{
	struct stat st;
	int fd;

	if (now_ms < c->hosts_look_ms)
		return;

	c->hosts_look_ms = now_ms + HOSTS_LOOK_MS;
	if (stat(c->hosts_path, &st) || (c->hosts && st.st_mtim.tv_sec == c->hosts_time.tv_sec &&
					 st.st_mtim.tv_nsec == c->hosts_time.tv_nsec))
		return;

	fd = open(c->hosts_path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;

	mem_deref(c->hosts);
	c->hosts = file_read(fd, MIN((size_t)st.st_size, (size_t)HOSTS_SIZE_MAX));
	c->hosts_time = st.st_mtim;
	++c->hosts_version;
	(void)close(fd);
}

/* Who stands in the hosts file has no services: the domain of an SRV record's name counts (RFC 2782). */
static const char *host_of(const struct entry *e)
{
	const char *name = e->name, *dot;

	while (name[0] == '_' && (dot = strchr(name, '.')))
		name = dot + 1;

	return name;
}

static bool in_hosts(struct entry *e)
{
	const struct dns_cache *c = e->cache;
	struct list rrl = LIST_INIT;
	const bool was = e->local;
	struct pl text;

	if (e->hosts_version == c->hosts_version)
		return e->local;

	pl_set_str(&text, c->hosts);
	e->hosts_version = c->hosts_version;
	e->local = hosts_find(&rrl, &text, host_of(e), e->type);

	if (e->local || was) {
		records_take(e, &rrl);
		e->known = false;
	}

	return e->local;
}

/* ------------------------------------------------------------------ answers */

static void answer_keep(struct entry *e, struct dns_answer *a, uint64_t now_ms)
{
	records_take(e, &a->rrl);
	e->until_ms = now_ms + (uint64_t)a->ttl_s * 1000;
	e->stale_ms = e->until_ms + STALE_MS;
}

static void failure_keep(struct entry *e, uint64_t now_ms)
{
	const bool stale = e->known && now_ms < e->stale_ms && e->rrl.head;

	if (e->cache->servers.n)
		log_peer(LOG_WARN, "DNS: no answer about %s %s; %s. Check dns_servers, or /etc/resolv.conf",
			 e->name, dns_rr_typename(e->type),
			 stale ? "what was known of it goes on" : "calls to it fail");
	if (!stale)
		list_flush(&e->rrl);

	e->until_ms = now_ms + FAILED_MS;
}

static void answer_handler(int err, struct dns_answer *a, void *arg)
{
	struct entry *e = arg;
	struct dns_cache *c = e->cache;

	e->answered_ms = clock_mono_ms();
	if (err)
		failure_keep(e, e->answered_ms);
	else
		answer_keep(e, a, e->answered_ms);

	e->known = true;
	e->ask = mem_deref(e->ask);
	c->cacheh(c->arg);
}

/* ------------------------------------------------------------------ questions */

struct key {
	const char *name;
	uint16_t type;
};

static bool same(struct le *le, void *arg)
{
	const struct entry *e = le->data;
	const struct key *key = arg;

	return e->type == key->type && !str_casecmp(e->name, key->name);
}

static void make_room(struct dns_cache *c)
{
	struct le *le = c->agel.head;

	while (le && c->entryc >= ENTRIES_MAX) {
		struct entry *e = le->data;

		le = le->next;
		if (!e->ask)
			mem_deref(e);
	}
}

static struct entry *entry_new(struct dns_cache *c, const char *name, uint16_t type)
{
	struct entry *e;

	make_room(c);
	if (c->entryc >= ENTRIES_MAX)
		return NULL;

	e = mem_zalloc(sizeof(*e), entry_destructor);
	if (!e)
		return NULL;

	++c->entryc;
	e->cache = c;
	e->type = type;
	hash_append(c->ht, hash_joaat_str_ci(name), &e->he, e);
	list_append(&c->agel, &e->age, e);
	if (str_dup(&e->name, name))
		e = mem_deref(e);

	return e;
}

const struct list *dns_cache_find(struct dns_cache *c, const char *name, uint16_t type, uint64_t since_ms)
{
	static const struct list none = LIST_INIT;
	const uint64_t now_ms = clock_mono_ms();
	struct key key = {name, type};
	struct entry *e;

	e = list_ledata(hash_lookup(c->ht, hash_joaat_str_ci(name), same, &key));
	if (!e)
		e = entry_new(c, name, type);
	if (!e)
		return &none;

	list_unlink(&e->age);
	list_append(&c->agel, &e->age, e);

	hosts_look(c, now_ms);
	if (in_hosts(e))
		return &e->rrl;

	if (e->known && (now_ms < e->until_ms || (e->answered_ms && e->answered_ms >= since_ms)))
		return &e->rrl;

	if (!e->ask && dns_ask(&e->ask, &c->servers, name, type, answer_handler, e))
		return &none;

	return NULL;
}

static bool forget(struct le *le, void *arg)
{
	struct entry *e = le->data;

	(void)arg;
	e->until_ms = 0;
	e->answered_ms = 0;

	return false;
}

void dns_cache_reset(struct dns_cache *c, const struct dns_servers *servers)
{
	c->servers = *servers;
	(void)hash_apply(c->ht, forget, NULL);
}
