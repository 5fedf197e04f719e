/**
 * @file ng_clients.c  What each NG client asked for: how often, how long it took, how often in vain
 */
#include <inttypes.h>
#include <re.h>
#include "ng_clients.h"

static struct sa address_of(const struct ng_peer *from)
{
	struct sa sa;

	sa_init(&sa, AF_UNSPEC);
	if (from->u.sa.sa_family == AF_INET || from->u.sa.sa_family == AF_INET6)
		(void)sa_set_sa(&sa, &from->u.sa);

	return sa;
}

static bool same(const struct sa *a, const struct sa *b)
{
	return sa_isset(a, SA_ADDR) ? sa_cmp(a, b, SA_ADDR) : !sa_isset(b, SA_ADDR);
}

static struct ng_client *client_of(struct ng_clients *clients, const struct ng_peer *from)
{
	const struct sa addr = address_of(from);
	unsigned i;

	for (i = 0; i < clients->c; i++)
		if (same(&clients->v[i].addr, &addr))
			return &clients->v[i];

	if (clients->c == NG_CLIENTS_MAX)
		return &clients->v[NG_CLIENTS_MAX - 1];

	clients->v[clients->c].addr = addr;

	return &clients->v[clients->c++];
}

void ng_clients_count(struct ng_clients *clients, const struct ng_peer *from, unsigned command,
		      uint64_t took_us, bool failed)
{
	struct ng_client *client = client_of(clients, from);

	client->errors += failed;

	if (command < NG_COMMANDS_MAX) {
		++client->commandv[command].runs;
		client->commandv[command].took_us += took_us;
	}
}

static void count_write(struct bwriter *w, const char *prefix, const char *name, uint64_t runs)
{
	char key[64];

	(void)re_snprintf(key, sizeof(key), "%s%scount", prefix, name);
	bwrite_int(w, key, (int64_t)runs);
}

static void duration_write(struct bwriter *w, const char *name, uint64_t took_us)
{
	char key[64], seconds[32];

	(void)re_snprintf(key, sizeof(key), "%sduration", name);
	(void)re_snprintf(seconds, sizeof(seconds), "%llu.%06llu", took_us / 1000000, took_us % 1000000);
	bwrite_str(w, key, seconds);
}

static void client_write(const struct ng_client *client, struct bwriter *w, const char *const namev[],
			 unsigned namec)
{
	char addr[64];
	unsigned i;

	(void)re_snprintf(addr, sizeof(addr), "%j", &client->addr);
	bwrite_dict(w, NULL);
	bwrite_str(w, "proxy", sa_isset(&client->addr, SA_ADDR) ? addr : "unix");

	for (i = 0; i < namec; i++) {
		count_write(w, "", namev[i], client->commandv[i].runs);
		duration_write(w, namev[i], client->commandv[i].took_us);
	}

	bwrite_int(w, "errorcount", (int64_t)client->errors);
	bwrite_end_dict(w);
}

void ng_clients_write(const struct ng_clients *clients, struct bwriter *w, const char *const namev[],
		      unsigned namec)
{
	unsigned i, command;

	bwrite_dict(w, "controlstatistics");
	bwrite_list(w, "proxies");
	for (i = 0; i < clients->c; i++)
		client_write(&clients->v[i], w, namev, namec);
	bwrite_end_list(w);

	for (command = 0; command < namec; command++) {

		uint64_t runs = 0;

		for (i = 0; i < clients->c; i++)
			runs += clients->v[i].commandv[command].runs;
		count_write(w, "total", namev[command], runs);
	}

	bwrite_end_dict(w);
}
