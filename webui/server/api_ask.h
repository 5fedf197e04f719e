/**
 * @file api_ask.h  A request is answered with what a method of the control socket says
 */
#ifndef TANDEM_WEBUI_API_ASK_H
#define TANDEM_WEBUI_API_ASK_H

#include <re.h>

struct web;
struct request;

enum {
	API_ANSWER_TIMEOUT_MS = 5000,
	API_APPLY_TIMEOUT_MS = 60000,
};

/** Ask, and answer `req` later with the result or the error. `params` is consumed; NULL: none. */
void api_ask(struct web *w, struct request *req, const char *method, struct odict *params,
	     uint32_t timeout_ms);

/** Parameters of one text. NULL: memory was short, and `req` has its answer. */
struct odict *api_param_make(struct request *req, const char *key, const char *value);

/** Add a text, unless it is NULL. */
int api_param_add(struct odict *params, const char *key, const char *value);

#endif
