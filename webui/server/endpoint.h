/**
 * @file endpoint.h  What can be asked for over HTTP: a row an endpoint
 */
#ifndef TANDEM_WEBUI_ENDPOINT_H
#define TANDEM_WEBUI_ENDPOINT_H

#include <re.h>

struct web;
struct request;

enum endpoint_access {
	ACCESS_OPEN,    /* anybody */
	ACCESS_SESSION, /* who is logged in */
};

enum endpoint_body { BODY_NONE, BODY_JSON };

struct endpoint {
	const char *method;
	const char *path; /* {id} stands for one segment */
	enum endpoint_access access;
	enum endpoint_body body;
	const char *query; /* names of the parameters it takes */
	void (*h)(struct web *w, struct request *req);
	const char *help;
};

extern const struct endpoint endpointv[];
extern const size_t endpointc;

enum { ENDPOINT_ALLOW_SIZE = 64 };

/**
 * The row for a request; HEAD is answered as GET.
 *
 * @param id     what stands at {id}
 * @param allow  when there is none: the methods of rows with this path, "" if the path is unknown
 */
const struct endpoint *endpoint_find(const struct pl *method, const struct pl *path, struct pl *id,
				     char allow[ENDPOINT_ALLOW_SIZE]);

#endif
