/**
 * @file rate_column.h  The columns of rates that are read: of the queries rate_before and rate_list_rows
 */
#ifndef TANDEM_RATE_COLUMN_H
#define TANDEM_RATE_COLUMN_H

enum rate_column {
	RATE_PREFIX,
	RATE_FROM,
	RATE_UNTIL,
	RATE_PER_MINUTE,
	RATE_CONNECT_FEE,
	RATE_MIN_CHARGE,
	RATE_MAX_CHARGE,
	RATE_GRACE,
	RATE_FIRST,
	RATE_NEXT,
	RATE_BLOCKED,
	RATE_BANDS
};

#endif
