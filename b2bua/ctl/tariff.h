/**
 * @file tariff.h  What else is done with tariffs
 */
#ifndef TANDEM_CTL_TARIFF_H
#define TANDEM_CTL_TARIFF_H

#include "ctl.h"

int ctl_tariff_import(const struct ctl *ctl);

#endif
