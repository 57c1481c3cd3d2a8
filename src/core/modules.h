/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The backends: modules out of one directory, by fixed file names. */
#pragma once

#include "backend/backend.h"

/** AljModules: what is installed; a module is loaded when its type is asked for first, and stays. Thread-safe. */
typedef struct AljModules AljModules;

/** alj_modules_new: @dir: (nullable); @extra: (nullable) NULL-terminated, taken before modules of their types. */
AljModules *alj_modules_new(const char *dir, const AljBackend *const *extra);
void alj_modules_free(AljModules *modules);

/** alj_modules_find: the backend for @type, or NULL. Valid for as long as the process. */
const AljBackend *alj_modules_find(AljModules *modules, AljPoolType type);
