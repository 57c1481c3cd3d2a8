/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a command is: its name, its options and what runs. Every cmd_<name>.c defines one AljCommand and
 * nothing else. */
#pragma once

#include <glib/gi18n.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct AljCli AljCli;
typedef struct AljArgs AljArgs;

/** AljOptionKind: what a value is. Help, the check of values and completion follow from it. */
typedef enum AljOptionKind {
    ALJ_OPTION_FLAG,   /* given or not; every other kind has a value */
    ALJ_OPTION_NUMBER, /* decimal, checked against @min and @max before the command runs */
    ALJ_OPTION_TEXT,
    ALJ_OPTION_SIZE, /* "10GiB"; the command parses it, because the error is the command's own */
    ALJ_OPTION_FILE,
    ALJ_OPTION_DIR,
    ALJ_OPTION_POOL,
    ALJ_OPTION_POOL_ACTIVE,
    ALJ_OPTION_POOL_INACTIVE,
    ALJ_OPTION_VOL,     /* of the pool given with the option named in @pool_option */
    ALJ_OPTION_SECRET,  /* UUID of a secret */
    ALJ_OPTION_COMMAND, /* a command or a group of commands */
    ALJ_OPTION_WORD,    /* usually one of @words; others are for the server to judge */
    ALJ_OPTION_REST     /* all positional arguments that are left; the last row */
} AljOptionKind;

typedef struct AljOption {
    const char *name;
    const char *help;
    AljOptionKind kind;
    bool is_required;
    bool is_named_only;         /* never taken from a positional argument */
    bool may_be_empty;          /* "" is a value */
    const char *excludes[3];    /* options that may not be given with this one */
    uint64_t min, max;          /* NUMBER; max 0: no limit */
    bool wraps;                 /* NUMBER: -1 is the largest number, -2 the one below, as in virsh */
    const char *const *words;   /* WORD, ended by NULL */
    bool is_list;               /* WORD: several, joined by commas */
    const char *pool_option;    /* VOL; NULL: "pool" */
} AljOption;

enum { /* AljCommand.flags */
    ALJ_COMMAND_HIDDEN = 1, /* not listed by help */
    ALJ_COMMAND_SILENT = 2, /* no empty line after it */
};

typedef struct AljCommand {
    const char *name;
    const char *group;       /* keyword of a row of alj_groups */
    const char *summary;     /* one line without a full stop */
    const char *description; /* sentences, or NULL */
    const char *example;     /* lines to type, or NULL; the tests run them */
    /* in positional order, required ones first, ended by a row without a name; or NULL */
    const AljOption *options;
    unsigned flags;
    /* Returns EXIT_SUCCESS or EXIT_FAILURE. An error left in the AljCli is reported by the caller. */
    int (*run)(AljCli *cli, const AljArgs *args);
} AljCommand;

typedef struct AljGroup {
    const char *keyword;
    const char *title;
} AljGroup;

/** alj_commands: every command in the order of help, ended by NULL. Generated from the list in meson.build. */
extern const AljCommand *const alj_commands[];
/** alj_groups: ended by a row without a keyword. */
extern const AljGroup alj_groups[];

/** alj_command_find, alj_group_find: NULL if there is none of that name. */
const AljCommand *alj_command_find(const char *name);
const AljGroup *alj_group_find(const char *keyword);

/** alj_command_find_option: the row of @command's option @name, or NULL. */
const AljOption *alj_command_find_option(const AljCommand *command, const char *name);

/* Options that several commands share. */
#define ALJ_OPT_FLAG(option, text) { .name = option, .kind = ALJ_OPTION_FLAG, .help = text }
#define ALJ_OPT_NEEDED(option, what, text) { .name = option, .kind = what, .is_required = true, .help = text }
#define ALJ_OPT_VALUE(option, what, text) { .name = option, .kind = what, .help = text }

#define ALJ_OPT_POOL(option) ALJ_OPT_NEEDED(option, ALJ_OPTION_POOL, "name or UUID of the pool")
#define ALJ_OPT_POOL_ACTIVE(option) ALJ_OPT_NEEDED(option, ALJ_OPTION_POOL_ACTIVE, "name or UUID of the pool")
#define ALJ_OPT_POOL_INACTIVE(option)                                                                   \
    ALJ_OPT_NEEDED(option, ALJ_OPTION_POOL_INACTIVE, "name or UUID of the pool")
#define ALJ_OPT_VOL(option) ALJ_OPT_NEEDED(option, ALJ_OPTION_VOL, "name, key or path of the volume")
#define ALJ_OPT_IN_POOL ALJ_OPT_VALUE("pool", ALJ_OPTION_POOL_ACTIVE, "name or UUID of the volume's pool")
#define ALJ_OPT_SECRET ALJ_OPT_NEEDED("secret", ALJ_OPTION_SECRET, "UUID of the secret")
#define ALJ_OPT_PREALLOC ALJ_OPT_FLAG("prealloc-metadata", "allocate the metadata of a qcow2 image in advance")
#define ALJ_OPT_VALIDATE ALJ_OPT_FLAG("validate", "check the document against its schema first")
#define ALJ_OPT_REFLINK ALJ_OPT_FLAG("reflink", "share the blocks of the source (btrfs, xfs)")
#define ALJ_OPT_XPATH                                                                                   \
    { .name = "xpath", .kind = ALJ_OPTION_TEXT, .is_named_only = true,                                  \
      .help = N_("print only the nodes this XPath expression selects") },                                   \
    ALJ_OPT_FLAG("wrap", "put the selected nodes into one <nodes> element")
#define ALJ_OPT_BUILD                                                                                   \
    ALJ_OPT_FLAG("build", "build the pool first"),                                                      \
    ALJ_OPT_FLAG("no-overwrite", "when building, refuse a device that holds data"),                     \
    { .name = "overwrite", .kind = ALJ_OPTION_FLAG, .excludes = { "no-overwrite" },                     \
      .help = N_("when building, overwrite what is there") }
