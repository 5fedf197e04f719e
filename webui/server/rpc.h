/**
 * @file rpc.h  The b2bua's control socket as seen from here: JSON-RPC 2.0, one object a line
 *
 * One connection, made when it is needed and made again when it broke. Every request is answered
 * exactly once: by the b2bua, or with an error when it does not answer in time.
 */
#ifndef TANDEM_WEBUI_RPC_H
#define TANDEM_WEBUI_RPC_H

#include <re.h>

struct rpc;

enum {
	RPC_INVALID_PARAMS = -32602,
	RPC_NOT_FOUND = -32001,
	RPC_CONFLICT = -32002,
	RPC_PENDING_MAX = 64,
	RPC_LINE_MAX = 64 * 1024 * 1024, /* an export of what is provisioned */
};

/** What came of a request. `error` is for people; both pointers live as long as the handler runs. */
struct rpc_answer {
	int err;                    /* 0; EPROTO: refused, see code; else the b2bua cannot be reached */
	int64_t code;               /* JSON-RPC's, with EPROTO */
	const char *error;          /* NULL when err is 0 */
	const struct odict *result; /* NULL when err is not 0 */
};

typedef void(rpc_answer_h)(const struct rpc_answer *answer, void *arg);

/** Connects to nothing yet. mem_deref answers what is pending with ECONNABORTED. */
int rpc_alloc(struct rpc **rp, const char *path);

/**
 * Send a request.
 *
 * @param params  NULL = none; not consumed
 * @param h       called once, never before this returns, and only if this returns 0
 *
 * @return 0, EBUSY (too many wait for an answer), ENOMEM
 */
int rpc_call(struct rpc *r, const char *method, const struct odict *params, uint32_t timeout_ms,
	     rpc_answer_h *h, void *arg);

/** Decode one line into an id and an answer that borrows from `op`. EBADMSG. The fuzz target's door. */
int rpc_decode(struct odict **op, uint64_t *id, struct rpc_answer *answer, const char *line, size_t len);

#endif
