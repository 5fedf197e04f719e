/**
 * @file notify.h  What the relay tells a client of itself: silence, one-way audio, bad quality
 */
#ifndef TANDEM_NOTIFY_H
#define TANDEM_NOTIFY_H

#include "session.h"

/** Handlers for struct sessions_config; `arg` is the struct relay. */
session_silent_h notify_silent;
session_watch_h notify_watch;

#endif
