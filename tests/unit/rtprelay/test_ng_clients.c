/**
 * @file test_ng_clients.c  Who asked for what: counted by address, within bounds
 */
#include <re.h>
#include "ng_clients.h"
#include "unit.h"

static struct ng_peer peer(unsigned host, uint16_t port)
{
	struct ng_peer p = {.len = sizeof(p.u.in)};

	p.u.in.sin_family = AF_INET;
	p.u.in.sin_addr.s_addr = htonl(0x0a000000 + host);
	p.u.in.sin_port = htons(port);

	return p;
}

static void a_client_is_its_address_not_its_port(void)
{
	struct ng_clients clients = {.c = 0};
	struct ng_peer unixpeer = {.len = sizeof(sa_family_t)}, p;

	unixpeer.u.sa.sa_family = AF_UNIX;
	p = peer(1, 1000);
	ng_clients_count(&clients, &p, 0, 10, false);
	p = peer(1, 2000);
	ng_clients_count(&clients, &p, 0, 20, true);
	p = peer(2, 1000);
	ng_clients_count(&clients, &p, 1, 5, false);
	ng_clients_count(&clients, &unixpeer, 2, 5, false);
	ng_clients_count(&clients, &unixpeer, NG_COMMANDS_MAX, 5, true);

	CU_ASSERT_EQUAL(clients.c, 3);
	CU_ASSERT_EQUAL(clients.v[0].commandv[0].runs, 2);
	CU_ASSERT_EQUAL(clients.v[0].commandv[0].took_us, 30);
	CU_ASSERT_EQUAL(clients.v[0].errors, 1);
	CU_ASSERT_EQUAL(clients.v[1].commandv[1].runs, 1);
	CU_ASSERT_EQUAL(clients.v[2].commandv[2].runs, 1);
	CU_ASSERT_EQUAL(clients.v[2].errors, 1);
}

static void past_the_bound_clients_share_a_place(void)
{
	struct ng_clients clients = {.c = 0};
	unsigned i;

	for (i = 0; i < 1000; i++) {
		const struct ng_peer p = peer(i, 1000);

		ng_clients_count(&clients, &p, 0, 1, false);
	}

	CU_ASSERT_EQUAL(clients.c, NG_CLIENTS_MAX);
	CU_ASSERT_EQUAL(clients.v[0].commandv[0].runs, 1);
	CU_ASSERT_EQUAL(clients.v[NG_CLIENTS_MAX - 1].commandv[0].runs, 1000 - NG_CLIENTS_MAX + 1);
}

static const struct unit_test testv[] = {
	{"a client is its address, not its port", a_client_is_its_address_not_its_port},
	{"past the bound clients share a place", past_the_bound_clients_share_a_place},
	{NULL, NULL},
};

const struct unit_suite ng_clients_suite = {"ng clients", testv};
