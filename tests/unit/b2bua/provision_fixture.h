/**
 * @file provision_fixture.h  Provisioning text straight to a document and a model, without a database
 */
#ifndef TANDEM_PROVISION_FIXTURE_H
#define TANDEM_PROVISION_FIXTURE_H

#include "store/build.h"

struct provision {
	struct draft *draft; /* of the last text that was right */
	struct model *model;
	char errstr[512];
};

/** An interface "access" on 127.0.0.1:5060 and "carrier" on 127.0.0.1:5090, both UDP and TCP, and accounts. */
extern const char provision_base[];

/** A trunk with credentials. */
#define LOGS_ON(fields)                                                                                     \
	"{\"trunks\": [{\"name\": \"a\", \"interface\": \"access\", \"target\": \"sip:127.0.0.1\", " fields \
	"}]}"

/** Merge text into what is there; on an error everything stays. */
int provision_apply(struct provision *p, const char *text, bool prune);
void provision_close(struct provision *p);

#endif
