/**
 * @file endpoint.c  What can be asked for over HTTP (docs/openapi.yaml describes each row)
 */
#include <string.h>
#include <re.h>
#include "api.h"
#include "endpoint.h"
#include "param.h"

/* clang-format off */
const struct endpoint endpointv[] = {
	{"GET",    "/health",              ACCESS_OPEN,    BODY_NONE, "", api_health,     "200 while this process lives"},
	{"GET",    "/ready",               ACCESS_OPEN,    BODY_NONE, "", api_ready,      "200 when the database and the b2bua answer"},
	{"GET",    "/metrics",             ACCESS_OPEN,    BODY_NONE, "", api_metrics,    "figures for Prometheus"},
	{"GET",    "/api/v1/openapi.yaml", ACCESS_OPEN,    BODY_NONE, "", api_openapi,    "the description of this interface"},
	{"POST",   "/api/v1/login",        ACCESS_OPEN,    BODY_JSON, "", api_login,      "begin a session"},
	{"POST",   "/api/v1/logout",       ACCESS_SESSION, BODY_NONE, "", api_logout,     "end the session"},
	{"GET",    "/api/v1/status",       ACCESS_SESSION, BODY_NONE, "", api_status,     "the state of the system and its counters"},
	{"GET",    "/api/v1/calls",        ACCESS_SESSION, BODY_NONE, "limit account", api_calls, "calls up now"},
	{"GET",    "/api/v1/calls/{id}",   ACCESS_SESSION, BODY_NONE, "", api_call,       "one call"},
	{"DELETE", "/api/v1/calls/{id}",   ACCESS_SESSION, BODY_NONE, "", api_hangup,     "end one call"},
	{"GET",    "/api/v1/calls/{id}/ladder", ACCESS_SESSION, BODY_NONE, "packets", api_ladder, "the last SIP messages of a call, up or over"},
	{"GET",    "/api/v1/trunks",       ACCESS_SESSION, BODY_NONE, "", api_trunks,     "trunks and the calls they carry"},
	{"GET",    "/api/v1/cdrs",         ACCESS_SESSION, BODY_NONE, "limit before account callee", api_cdrs, "CDRs, newest first"},
	{"GET",    "/api/v1/cdrs/{id}",    ACCESS_SESSION, BODY_NONE, "", api_cdr,        "one record, its events and corrections"},
	{"POST",   "/api/v1/cdrs/{id}/correct", ACCESS_SESSION, BODY_JSON, "", api_cdr_correct, "correct what a call costs, once by its key"},
	{"GET",    "/api/v1/accounts",     ACCESS_SESSION, BODY_NONE, "limit after begins", api_accounts, "accounts and what they have"},
	{"GET",    "/api/v1/accounts/{id}", ACCESS_SESSION, BODY_NONE, "", api_account,   "one account in full"},
	{"GET",    "/api/v1/accounts/{id}/ledger", ACCESS_SESSION, BODY_NONE, "limit before", api_account_ledger, "what was booked, newest first"},
	{"POST",   "/api/v1/accounts/{id}/topup",  ACCESS_SESSION, BODY_JSON, "", api_account_topup,  "book what a customer paid, once by its key"},
	{"POST",   "/api/v1/accounts/{id}/refund", ACCESS_SESSION, BODY_JSON, "", api_account_refund, "give back of what was charged, once by its key"},
	{"POST",   "/api/v1/accounts/{id}/adjust", ACCESS_SESSION, BODY_JSON, "", api_account_adjust, "correct a balance, up or down, once by its key"},
	{"GET",    "/api/v1/tariffs",      ACCESS_SESSION, BODY_NONE, "limit after", api_tariffs, "tariffs and their rates in short"},
	{"GET",    "/api/v1/rate",         ACCESS_SESSION, BODY_NONE, "number account tariff at duration_s", api_rate, "what a call costs, and why"},
	{"GET",    "/api/v1/report",       ACCESS_SESSION, BODY_NONE, "by from to format", api_report, "what came of the calls of some days"},
	{"GET",    "/api/v1/webhooks",     ACCESS_SESSION, BODY_NONE, "", api_webhooks,   "where events are told, and how delivery goes"},
	{"GET",    "/api/v1/fields",       ACCESS_SESSION, BODY_NONE, "", api_fields,     "what can be provisioned, field by field"},
	{"GET",    "/api/v1/config",       ACCESS_SESSION, BODY_NONE, "kind", api_config, "what is provisioned"},
	{"PUT",    "/api/v1/config",       ACCESS_SESSION, BODY_JSON, "dry_run", api_config_put,   "provision exactly this; what it does not name goes"},
	{"PATCH",  "/api/v1/config",       ACCESS_SESSION, BODY_JSON, "dry_run", api_config_patch, "provision this; what it does not name stays"},
};
/* clang-format on */

const size_t endpointc = ARRAY_SIZE(endpointv);

static bool method_is(const struct endpoint *ep, const struct pl *method)
{
	if (!pl_strcmp(method, ep->method))
		return true;

	return !pl_strcmp(method, "HEAD") && !strcmp(ep->method, "GET");
}

static void allow_add(char allow[ENDPOINT_ALLOW_SIZE], const char *method)
{
	const size_t len = strlen(allow);

	(void)re_snprintf(allow + len, ENDPOINT_ALLOW_SIZE - len, "%s%s", len ? ", " : "", method);
}

const struct endpoint *endpoint_find(const struct pl *method, const struct pl *path, struct pl *id,
				     char allow[ENDPOINT_ALLOW_SIZE])
{
	size_t i;

	allow[0] = '\0';

	for (i = 0; i < endpointc; i++) {

		if (!param_path(id, endpointv[i].path, path))
			continue;

		if (method_is(&endpointv[i], method))
			return &endpointv[i];

		allow_add(allow, endpointv[i].method);
	}

	return NULL;
}
