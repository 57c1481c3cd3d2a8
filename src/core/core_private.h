/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of a core, for this folder. Each is thread-safe by itself. */
#pragma once

#include "base/workers.h"
#include "core/core.h"
#include "core/events_private.h"
#include "core/intents.h"
#include "core/job.h"
#include "core/locations.h"
#include "core/modules.h"
#include "core/op_rows.h"
#include "core/pool_private.h"
#include "core/registry.h"
#include "core/secrets.h"
#include "core/store.h"
#include "core/watch.h"

struct AljCore {
    AljHost *host; /* (borrowed) */
    char *state_dir, *record_dir, *schema_dir;
    AljCoreLimits limits;
    AljStore *store;
    AljIntents *intents;
    AljSecrets *secrets;
    AljModules *modules;
    AljRegistry *registry;
    AljLocations *locations;
    AljEvents *events;
    AljWatch *watch;
    AljJobs *jobs;
    const AljOpRow *rows;        /* what each kind of operation is */
    AljWorkers *finders;         /* searches for sources, which belong to no pool */
    AljWorkers *closers;         /* ends connections */

    AljWorkers *definers;        /* one thread: the only one that changes what is stored of pools */

    /* Which pools exist: from the check for conflicts to the published state. Memory work only. */
    pthread_mutex_t definitions;
    pthread_cond_t defined;      /* `defining` changed */
    const AljPoolDef *defining;  /* (borrowed, nullable) is being written to its file, and not known yet */
};

/** alj_op_row: what operations of @kind are. */
static inline const AljOpRow *
alj_op_row(const AljCore *core, AljOpKind kind)
{
    return &core->rows[kind];
}
