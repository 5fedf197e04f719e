/**
 * @file api.h  The endpoints' handlers; each answers its request exactly once
 */
#ifndef TANDEM_WEBUI_API_H
#define TANDEM_WEBUI_API_H

#include <stdbool.h>

struct web;
struct request;

/* api_health.c: for monitors */
void api_health(struct web *w, struct request *req);
void api_ready(struct web *w, struct request *req);
void api_metrics(struct web *w, struct request *req);
void api_openapi(struct web *w, struct request *req);

/* api_login.c: who is there */
void api_login(struct web *w, struct request *req);
void api_logout(struct web *w, struct request *req);

/** Whether the request comes from somebody logged in. */
bool api_session_valid(struct web *w, const struct request *req);

/* api_live.c: what the b2bua answers */
void api_status(struct web *w, struct request *req);
void api_calls(struct web *w, struct request *req);
void api_call(struct web *w, struct request *req);
void api_hangup(struct web *w, struct request *req);
void api_ladder(struct web *w, struct request *req);
void api_trunks(struct web *w, struct request *req);
void api_fields(struct web *w, struct request *req);
void api_config(struct web *w, struct request *req);
void api_config_put(struct web *w, struct request *req);
void api_config_patch(struct web *w, struct request *req);

/* api_cdr.c: what the database answers */
void api_cdrs(struct web *w, struct request *req);
void api_cdr(struct web *w, struct request *req);

/* api_account.c: money that customers have */
void api_accounts(struct web *w, struct request *req);
void api_account(struct web *w, struct request *req);
void api_account_ledger(struct web *w, struct request *req);

/* api_move.c: money that is moved */
void api_account_topup(struct web *w, struct request *req);
void api_account_refund(struct web *w, struct request *req);
void api_account_adjust(struct web *w, struct request *req);
void api_cdr_correct(struct web *w, struct request *req);

/* api_rate.c: what calls cost */
void api_rate(struct web *w, struct request *req);
void api_tariffs(struct web *w, struct request *req);

/* api_report.c: what came of the calls of some days */
void api_report(struct web *w, struct request *req);

/* api_webhook.c: where events are told */
void api_webhooks(struct web *w, struct request *req);

#endif
