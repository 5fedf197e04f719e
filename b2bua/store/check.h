/**
 * @file check.h  The texts of provisioning: decoded, or refused with a reason
 *
 * The check_* functions return NULL or what is wrong and the remedy, to stand after the text in
 * question. The *_decode functions read what the checks have let pass; EINVAL otherwise.
 */
#ifndef TANDEM_CHECK_H
#define TANDEM_CHECK_H

#include <re.h>
#include "model.h"

enum { NAME_SIZE_MAX = 64, PREFIX_SIZE_MAX = 32, CREDENTIAL_SIZE_MAX = 128 };

const char *check_name(const char *text);
const char *check_currency(const char *text);
const char *check_prefix(const char *text);
/** A whole number as it is dialled. */
const char *check_number(const char *text);
const char *check_country(const char *text);
const char *check_listen(const char *text);
const char *check_address(const char *text);
const char *check_match(const char *text);
const char *check_target(const char *text);
const char *check_failover(const char *text);
/** A method that an operator may let pass: no one of those that make up a call. */
const char *check_method(const char *text);
/** … outside any call. */
const char *check_method_outside(const char *text);
const char *check_file(const char *text);
const char *check_host(const char *text);
/** A text that goes between quotes in a digest: user or realm; and a password, which goes nowhere. */
const char *check_user(const char *text);
const char *check_password(const char *text);

int listen_decode(struct listen_addr *la, const char *text);
int address_decode(struct sa *sa, const char *text);
int match_decode(struct match *m, const char *text);

/** The parts of a target; `addr` is set when the host is numeric (port 5060, by TLS 5061, when none is given). */
struct target {
	enum sip_transp tp; /* SIP_TRANSP_NONE: not given */
	struct sa addr;
};
int target_decode(struct target *t, const char *text);

#endif
