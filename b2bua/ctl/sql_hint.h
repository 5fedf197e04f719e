/**
 * @file sql_hint.h  What there is where a question names a table or column that is none
 */
#ifndef TANDEM_CTL_SQL_HINT_H
#define TANDEM_CTL_SQL_HINT_H

#include "database.h"

/**
 * Say why a question was not understood: as database_error() does, with the columns of its tables where it names a
 * column that is none, and with all tables where it names one of those. Returns CTL_FAILED.
 */
int sql_fault(const struct database *d, const char *question, int rc);

#endif
