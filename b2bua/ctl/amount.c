/**
 * @file amount.c  Money as it is written on the command line
 */
#include <re.h>
#include "money.h"
#include "amount.h"
#include "ctl.h"

int amount_check(const char *text, const char *what)
{
	struct pl pl;
	int64_t nano;

	pl_set_str(&pl, text);
	if (!money_decode(&nano, &pl))
		return CTL_OK;

	return ctl_error("%s is no %s; write 0.10, with a point and at most nine decimals", text, what);
}
