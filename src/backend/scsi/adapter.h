/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The adapter of a scsi pool: which SCSI host it is, and the virtual port that may have to be made for it. */
#pragma once

#include "backend/backend.h"
#include "backend/luns/luns.h"

/**
 * alj_adapter_find: the SCSI host of the pool's adapter. A host that is named is not looked for.
 * Errors: INTERNAL "Invalid adapter name …", XML if there is no such host or port.
 */
bool alj_adapter_find(AljCall *call, const AljPoolDef *pool, AljLunHost *ret, GError **error);

/** alj_adapter_is_there: whether it is there now. Errors: INTERNAL. */
bool alj_adapter_is_there(AljCall *call, const AljPoolDef *pool, bool *ret_is_there, GError **error);

/** alj_adapter_number: the number in "host5", "scsi_host5" or "fc_host5". Errors: INTERNAL. */
bool alj_adapter_number(const char *name, unsigned *ret_number, GError **error);

/** alj_adapter_is_port: whether the adapter is a (virtual) fibre channel port. */
bool alj_adapter_is_port(const AljPoolDef *pool);

/* ---- port.c ---- */

/**
 * alj_port_make: makes the virtual port of the pool's adapter if it is not there, and remembers that it did.
 * Errors: in libvirt's words XML if there is no parent, or another one, CONFIG_UNSUPPORTED if it is a real port's; BAD_STATE, SYSTEM.
 */
bool alj_port_make(AljCall *call, const AljPoolDef *pool, GError **error);

/** alj_port_remove: takes away the port if the pool made it, or is told to manage it. Errors: BUSY while a disk behind it is used, SYSTEM. */
bool alj_port_remove(AljCall *call, const AljPoolDef *pool, GError **error);
