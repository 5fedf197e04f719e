/**
 * @file metrics.h  The figures for Prometheus, from a table of what the b2bua's `status` says
 */
#ifndef TANDEM_WEBUI_METRICS_H
#define TANDEM_WEBUI_METRICS_H

#include <re.h>

/** Print all figures in the text format 0.0.4. `status` is NULL while the b2bua does not answer. */
int metrics_print(struct mbuf *mb, const struct odict *status, bool database);

/* metrics_webhook.c, for metrics.c */
int metrics_webhooks_print(struct mbuf *mb, const struct odict *status);

#endif
