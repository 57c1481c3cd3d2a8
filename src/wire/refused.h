/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Private to this folder: the rows of procedures that are refused by name. */
#pragma once

#include "wire/procedures.h"

/** alj_refused_procedures: by number; rows of procedures that aljibe has, and those of no procedure, have no name. */
extern const AljProcedure alj_refused_procedures[ALJ_PROC_LAST + 1];
