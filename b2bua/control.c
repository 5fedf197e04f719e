/**
 * @file control.c  The control socket
 */
#include <re.h>
#include "control.h"

int control_alloc(struct control **cp, struct engine *e, const char *path)
{
	(void)cp;
	(void)e;
	(void)path;

	return 0;
}
