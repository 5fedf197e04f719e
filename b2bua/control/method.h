/**
 * @file method.h  What can be asked on the control socket: a row a method
 */
#ifndef TANDEM_CONTROL_METHOD_H
#define TANDEM_CONTROL_METHOD_H

#include "control.h"

extern const struct control_method control_methodv[];
extern const size_t control_methodc;

const struct control_method *control_method_find(const char *name);

#endif
