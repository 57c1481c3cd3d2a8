/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Facts about the machine out of /proc and /sys, for clients that ask before they look at storage. Never storage. */
#pragma once

#include "wire/messages.h"

/** alj_node_info: processors and memory; the product of the topology is at least the number of CPUs. */
void alj_node_info(AljWireNodeInfo *ret);

#define ALJ_NODE_MEMORY_MAX 4

/**
 * alj_node_memory:
 * @cell: a NUMA node, or -1 for the whole machine
 * @ret: names are static, values KiB
 * Returns: how many of @ret were filled (2 for a cell, 4 for the machine), or 0 with INVALID_ARG.
 */
unsigned alj_node_memory(int cell, AljWireNodeMemStat ret[static ALJ_NODE_MEMORY_MAX], GError **error);
