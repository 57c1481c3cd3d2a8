/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "host/host.h"

/**
 * alj_udev_answers:
 * Whether a udev daemon takes requests. In a container there is usually none; programs that would wait for its work have to be told.
 * Any thread; short. Source: systemd, the control socket of `udevadm control`.
 */
bool alj_udev_answers(AljHost *host);
