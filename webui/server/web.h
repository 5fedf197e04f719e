/**
 * @file web.h  The web server's one context
 */
#ifndef TANDEM_WEBUI_WEB_H
#define TANDEM_WEBUI_WEB_H

#include <sys/stat.h>
#include <re.h>
#include "config.h"

struct web {
	struct config *cfg;
	struct server *server;
	struct rpc *rpc;
	struct query *query;
	struct watch *watch;
	struct webhooks *webhooks;
	struct sessions *sessions;
	struct throttle *throttle;
	char *password_path;
	struct stat password_file; /* as it was at the last look: another one ends all sessions */
	char cookie[32];           /* its name: cookies are shared by all ports of a host */
};

/** Listen. What is wrong is in errstr. mem_deref closes. */
int web_alloc(struct web **wp, struct config *cfg, char *errstr, size_t errsize);

/** Begin to serve: the first password is made, the database and the b2bua are looked for. */
int web_start(struct web *w, char *errstr, size_t errsize);

#endif
