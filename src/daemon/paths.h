/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the parts of the program lie that are loaded or read at run time. Any thread; results (transfer full). */
#pragma once

/** alj_paths_module_dir: the backends: $ALJIBE_MODULE_DIR, else beside our own library, installed or in a build tree. */
char *alj_paths_module_dir(void);

/** alj_paths_schema_dir: pool.rng and volume.rng: $ALJIBE_SCHEMA_DIR, else of the build tree we run from, else installed. */
char *alj_paths_schema_dir(void);
