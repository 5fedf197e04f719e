/**
 * @file ng_request.h  An NG request being carried out; what ng_command.c and the commands share
 */
#ifndef TANDEM_NG_REQUEST_H
#define TANDEM_NG_REQUEST_H

#include <re.h>
#include "bencode.h"
#include "ng_flags.h"
#include "ng_peer.h"

struct relay;
struct session;

struct ng_request {
	struct relay *relay;
	struct ng_flags flags;
	const struct ng_peer *from;
	struct bwriter w;      /* the reply's dictionary, open */
	const char *warning;   /* said beside what the flags warn of; NULL: nothing */
	char why[NG_WHY_SIZE]; /* on error: error-reason */
};

/** Carry out a command. On error it has set `why` and written nothing. */
typedef int(ng_run_h)(struct ng_request *req);

/** Note why a request fails; returns `err`. */
int ng_fail(struct ng_request *req, int err, const char *fmt, ...);

/** Begin a good reply. */
void ng_ok(struct ng_request *req);

/** The session the request names. EINVAL (it names none), ENOENT. */
int ng_session(struct ng_request *req, struct session **sp);

/* Offer and answer (ng_exchange.c) */
ng_run_h ng_offer_run;
ng_run_h ng_answer_run;

/* What is done to sessions (ng_session.c) */
ng_run_h ng_query_run;
ng_run_h ng_delete_run;
ng_run_h ng_list_run;

/* What is done to their media (ng_control.c) */
ng_run_h ng_block_media_run;
ng_run_h ng_unblock_media_run;
ng_run_h ng_silence_media_run;
ng_run_h ng_unsilence_media_run;
ng_run_h ng_block_dtmf_run;
ng_run_h ng_unblock_dtmf_run;
ng_run_h ng_record_run;   /* start recording, start forwarding */
ng_run_h ng_unrecord_run; /* their ends */

#endif
