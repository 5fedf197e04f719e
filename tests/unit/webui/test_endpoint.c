/**
 * @file test_endpoint.c  What can be asked for over HTTP
 */
#include <stdio.h>
#include <string.h>
#include <re.h>
#include "asset.h"
#include "endpoint.h"
#include "unit.h"

static const struct endpoint *find(const char *method, const char *path, struct pl *id, char *allow)
{
	struct pl m, p;

	pl_set_str(&m, method);
	pl_set_str(&p, path);

	return endpoint_find(&m, &p, id, allow);
}

static void test_find(void)
{
	static const struct {
		const char *method, *path;
		const char *row;   /* NULL: none */
		const char *allow; /* then */
	} v[] = {
		{"GET", "/health", "/health", ""},
		{"HEAD", "/health", "/health", ""},
		{"get", "/health", NULL, "GET"},
		{"POST", "/health", NULL, "GET"},
		{"GET", "/api/v1/calls", "/api/v1/calls", ""},
		{"GET", "/api/v1/calls/abc", "/api/v1/calls/{id}", ""},
		{"POST", "/api/v1/calls/abc", NULL, "GET, DELETE"},
		{"HEAD", "/api/v1/login", NULL, "POST"},
		{"BREW", "/api/v1/config", NULL, "GET, PUT, PATCH"},
		{"GET", "/api/v1/nothing", NULL, ""},
		{"GET", "/api/v2/calls", NULL, ""},
		{"GET", "/api/v1/calls/", NULL, ""},
		{"GET", "/api/v1/calls/abc/ladder", "/api/v1/calls/{id}/ladder", ""},
		{"DELETE", "/api/v1/calls/abc/ladder", NULL, "GET"},
	};
	char allow[ENDPOINT_ALLOW_SIZE];
	struct pl id;

	for (size_t i = 0; i < ARRAY_SIZE(v); i++) {

		const struct endpoint *ep = find(v[i].method, v[i].path, &id, allow);

		CU_ASSERT_EQUAL(ep != NULL, v[i].row != NULL);
		if (ep && v[i].row)
			CU_ASSERT_STRING_EQUAL(ep->path, v[i].row);
		if (!ep)
			CU_ASSERT_STRING_EQUAL(allow, v[i].allow);
	}
}

static void test_rows(void)
{
	char allow[ENDPOINT_ALLOW_SIZE];
	struct pl id;

	for (size_t i = 0; i < endpointc; i++) {

		const struct endpoint *ep = &endpointv[i];

		CU_ASSERT_PTR_EQUAL(find(ep->method, ep->path, &id, allow), ep);
		CU_ASSERT(strlen(ep->help) > 0);
		if (ep->body == BODY_JSON)
			CU_ASSERT_STRING_NOT_EQUAL(ep->method, "GET");
	}
}

/* Only these may be asked for by anybody: a row added in a hurry must not open a door. */
static void test_open(void)
{
	static const char *const openv[] = {"/health", "/ready", "/metrics", "/api/v1/openapi.yaml",
					    "/api/v1/login"};
	size_t open = 0;

	for (size_t i = 0; i < endpointc; i++) {

		if (endpointv[i].access != ACCESS_OPEN)
			continue;

		CU_ASSERT_FATAL(open < ARRAY_SIZE(openv));
		CU_ASSERT_STRING_EQUAL(endpointv[i].path, openv[open]);
		++open;
	}

	CU_ASSERT_EQUAL(open, ARRAY_SIZE(openv));
}

static const struct asset *description(void)
{
	for (size_t i = 0; i < assetc; i++)
		if (!strcmp(assetv[i].path, "/openapi.yaml"))
			return &assetv[i];

	return NULL;
}

/* The text between "  /path:" and the next path. */
static struct pl section_of(const struct asset *yaml, const char *path)
{
	struct pl text = {(const char *)yaml->data, yaml->size};
	char head[80];
	const char *p;

	(void)re_snprintf(head, sizeof(head), "\n  %s:\n", path);
	p = memmem(text.p, text.l, head, strlen(head));
	if (!p)
		return (struct pl)PL_INIT;

	pl_advance(&text, p + strlen(head) - text.p);
	p = memmem(text.p, text.l, "\n  /", 4);
	if (!p)
		p = memmem(text.p, text.l, "\ncomponents:", 12);
	if (p)
		text.l = (size_t)(p - text.p);

	return text;
}

static bool describes(const struct pl *section, const char *key)
{
	return section->l && memmem(section->p, section->l, key, strlen(key));
}

static void method_described(const struct pl *section, const struct endpoint *ep)
{
	char key[32];
	size_t i;

	(void)re_snprintf(key, sizeof(key), "    %s:\n", ep->method);
	for (i = 0; key[i]; i++)
		if (key[i] >= 'A' && key[i] <= 'Z')
			key[i] = (char)(key[i] + 'a' - 'A');

	CU_ASSERT(describes(section, key));
}

static void query_described(const struct pl *section, const struct endpoint *ep)
{
	struct pl rest, name;
	char key[64];

	pl_set_str(&rest, ep->query);

	while (!re_regex(rest.p, rest.l, "[a-z_]+", &name)) {

		(void)re_snprintf(key, sizeof(key), "name: %r", &name);
		if (!pl_strcmp(&name, "dry_run"))
			str_ncpy(key, "DryRun", sizeof(key));

		CU_ASSERT(describes(section, key));
		pl_advance(&rest, name.p + name.l - rest.p);
	}
}

static void test_described(void)
{
	const struct asset *yaml = description();

	CU_ASSERT_PTR_NOT_NULL_FATAL(yaml);

	for (size_t i = 0; i < endpointc; i++) {

		const struct endpoint *ep = &endpointv[i];
		const struct pl section = section_of(yaml, ep->path);

		CU_ASSERT(section.l > 0);
		method_described(&section, ep);
		query_described(&section, ep);
		CU_ASSERT_EQUAL(describes(&section, "security: []"), ep->access == ACCESS_OPEN);
	}
}

static const struct unit_test testv[] = {
	{"a request finds its row, or the methods its path takes", test_find},
	{"every row can be reached and says what it is for", test_rows},
	{"nothing but the named paths is open without a session", test_open},
	{"every row is in openapi.yaml with its method, parameters and access", test_described},
	{NULL, NULL},
};

const struct unit_suite endpoint_suite = {"endpoint", testv};
