/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/task.h"
#include "host/host.h"

/**
 * alj_udev_answers:
 * Whether a udev daemon takes requests. In a container there is usually none; programs that would wait for its work have to be told.
 * Any thread; short. Source: systemd, the control socket of `udevadm control`.
 */
bool alj_udev_answers(AljHost *host);

/**
 * alj_udev_settle:
 * Waits until udev has dealt with all that the kernel has told so far, at most @usec, and not at all where there is none. That it
 * took longer is no failure: who looks for a link sees whether it is there. Blocks; any thread. Errors: ABORTED, TIMEOUT of @task.
 */
bool alj_udev_settle(AljHost *host, gint64 usec, AljTask *task, GError **error);
