/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "wire/frame.h"

/** alj_conn_take_other: AljLinkFunc: gives a frame that is no reply to a call to the stream or queue it belongs to. @owner: AljibeConn. */
bool alj_conn_take_other(void *owner, const AljFrame *frame, const uint8_t *payload, size_t size, GError **error);
