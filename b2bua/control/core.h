/**
 * @file core.h  The socket, its clients and their requests, shared by the files of this folder alone
 */
#ifndef TANDEM_CONTROL_CORE_H
#define TANDEM_CONTROL_CORE_H

#include <re.h>
#include "control.h"
#include "engine.h"

enum { CONTROL_RATE_S = 10 };

struct client;

struct control {
	struct engine *e;
	char *path;
	int fd;
	struct list clientl;
	size_t buffered; /* bytes of unfinished lines, all clients */
	struct tmr tmr_janitor;
	uint64_t attemptv[CONTROL_RATE_S +
			  1]; /* call attempts since start, a second apart; newest at `sample` */
	unsigned sample;
};

struct control_req {
	struct le le;
	struct engine *e;
	struct client *client;         /* NULL: gone, nobody takes the answer */
	struct odict *id;              /* of one entry; NULL: a notification, which is not answered */
	struct odict *json;            /* the request; handlers may use it until they answer */
	struct background *background; /* where a large one is freed; NULL: here */
};

/** Call attempts a second over the last ten. */
double control_cps(const struct control *control);

/* client.c, for control.c */

/** On success the client is in the list and `fd` is its own. */
int client_add(struct control *control, int fd);
/** When a byte last went either way; UINT64_MAX while it awaits an answer, which is no silence. */
uint64_t client_silent_since_ms(const struct client *c);
/** The janitor's visit: close who stalls, go on with lines that waited for requests under way. */
void client_sweep(struct client *c, uint64_t now_ms);

/* client.c, for its requests. A client is only closed by its own events or the janitor: all of these may be
 * called from inside either. */

/** The requests under way: struct control_req. */
struct list *client_requests(struct client *c);
/** Where answers are appended; `pos` is how far they were sent. */
struct mbuf *client_answers(struct client *c);
/** Send what the client takes. Anything but 0: it is gone. */
int client_flush(struct client *c);
/** What the loop shall tell us of this client: readable unless it is ahead of us, writable if it is behind. */
void client_poll(struct client *c);
/** Close it after the answers are sent. */
void client_finish(struct client *c);
/** No further line is begun until client_resume(). */
void client_pause(struct client *c);
void client_resume(struct client *c);

/* request.c */

/** Decode and dispatch one line of a client's. */
void request_begin(struct engine *e, struct client *c, const char *line, size_t len);
/** Answer what is not a request. */
void request_reject(struct engine *e, struct client *c, const char *why);
/** The client goes, and nobody takes the answers. */
void requests_orphan(struct list *reql);

/* method.c */

/** Reply with `result`, or with the error when there is one; `result` is consumed. */
void method_reply(struct control_req *req, int err, struct odict *result);
/** The code that says why something could not be booked. */
int method_code(int err);
/** True for text in one line without control characters, of at most `max` bytes; NULL counts as empty. */
bool control_text_is_plain(const char *text, size_t max);
int method_uint_add(struct odict *o, const char *key, uint64_t value);

/* status.c */
control_h method_status;

/* calls.c */
control_h method_calls;
/** How many of a list are shown, by "limit"; false after the error was answered. */
bool control_limit_param(uint64_t *limitp, struct control_req *req, const struct odict *params);
control_h method_call;
control_h method_hangup;
control_h method_unblock;
control_h method_trunks;

/* subscriptions.c */
control_h method_subscriptions;

/* ladder.c */
control_h method_ladder;

/* trace.c */
control_h method_trace_start;
control_h method_trace_list;
control_h method_trace_stop;

/* provision.c */
control_h method_apply;
control_h method_export;

/* fields.c */
control_h method_fields;

/* headers.c */
control_h method_headers;

/* account.c */
control_h method_topup;
control_h method_refund;
control_h method_adjust;

/* rate.c */
control_h method_rate;

/* correction.c */
control_h method_correct;

/* rerate.c */
control_h method_rerate;

/* day.c */
control_h method_day_close;

/* tariff.c */
control_h method_tariff_begin;
control_h method_tariff_rows;
control_h method_tariff_commit;
control_h method_tariff_cancel;

/* relay.c */
control_h method_relay;

/* webhook.c */
control_h method_webhook_report;

#endif
