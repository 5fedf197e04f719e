/**
 * @file rpc.h  One question to the control socket of tandem-b2bua
 */
#ifndef TANDEM_CTL_RPC_H
#define TANDEM_CTL_RPC_H

#include "ctl.h"

enum { RPC_TIMEOUT_S = 10, RPC_APPLY_TIMEOUT_S = 120 };

/**
 * Ask and wait for the answer; what goes wrong is said on stderr.
 *
 * @param params  JSON text of an object without line breaks, or NULL
 *
 * @return CTL_OK or CTL_FAILED
 */
int rpc_call(struct odict **resultp, const struct ctl *ctl, const char *method, const struct mbuf *params,
	     uint32_t timeout_s);

/** The same with one parameter, a text. */
int rpc_ask(struct odict **resultp, const struct ctl *ctl, const char *method, const char *key,
	    const char *text);

#endif
