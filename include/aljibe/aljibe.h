/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libaljibe: storage pools and volumes for virtual machines. Includes everything. */
#ifndef ALJIBE_H
#define ALJIBE_H

#include <aljibe/secret.h>
#include <aljibe/vol.h>

#endif
