/**
 * @file rerate_apply.h  `rerate --apply`
 */
#ifndef TANDEM_CTL_RERATE_APPLY_H
#define TANDEM_CTL_RERATE_APPLY_H

#include "../charge/rerate.h"
#include "ctl.h"

/** Have the calls of a period corrected to the prices of its tariff, and say how many were; returns an exit code. */
int rerate_apply(const struct ctl *ctl, const struct rerate_period *period);

#endif
