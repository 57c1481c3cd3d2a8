/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From words to the arguments of a command, by virsh's rules: options anywhere, "--" ends
 * them, everything else fills the options that take a value in the order of the command's table. Pure. */
#include "cli/args.h"

#include "base/error.h"
#include "cli/token.h"

#include <string.h>

static gsize
count_options(const AljCommand *command)
{
    gsize n = 0;
    while (command->options && command->options[n].name)
        n++;
    return n;
}

const AljOption *
alj_command_find_option(const AljCommand *command, const char *name)
{
    for (const AljOption *option = command->options; option && option->name; option++) {
        if (option->kind != ALJ_OPTION_REST && !strcmp(option->name, name))
            return option;
    }
    return NULL;
}

void
alj_args_free(AljArgs *args)
{
    if (!args)
        return;
    for (gsize i = 0; i < count_options(args->command); i++)
        g_free(args->values[i]);
    g_free(args->values);
    g_ptr_array_unref(args->rest);
    g_free(args);
}

static AljArgs *
args_new(const AljCommand *command)
{
    AljArgs *args = g_new0(AljArgs, 1);
    args->command = command;
    args->values = g_new0(char *, count_options(command) + 1);
    args->rest = g_ptr_array_new_with_free_func(g_free);
    return args;
}

/* --- words --- */

typedef struct Parser {
    AljArgs *args;
    bool *is_taken;           /* per option: has its value, or was skipped with "-" */
    const char *const *words; /* the next one */
    const AljOption *waiting; /* the option at the end of the words that has no value yet */
    bool is_data;             /* "--" was seen */
} Parser;

static bool
take_option(Parser *parser, GError **error)
{
    const AljCommand *command = parser->args->command;
    const char *word = *parser->words++ + 2;
    const char *equals = strchr(word, '=');
    g_autofree char *name = equals ? g_strndup(word, (gsize) (equals - word)) : g_strdup(word);
    const AljOption *option = alj_command_find_option(command, name);
    bool is_help = !option && !strcmp(name, "help");
    if (!option && !is_help)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, _("command '%s' doesn't support option --%s"),
                        command->name, name);
    if (equals && (is_help || option->kind == ALJ_OPTION_FLAG))
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, _("invalid '=' after option --%s"), name);
    if (is_help) {
        parser->args->wants_help = true;
        return true;
    }
    gsize i = (gsize) (option - command->options);
    if (parser->is_taken[i])
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, _("option --%s already seen"), name);
    parser->is_taken[i] = true;
    if (option->kind == ALJ_OPTION_FLAG)
        parser->args->values[i] = g_strdup("");
    else if (equals)
        parser->args->values[i] = g_strdup(equals + 1);
    else if (*parser->words)
        parser->args->values[i] = g_strdup(*parser->words++);
    else
        parser->waiting = option;
    return !parser->waiting || alj_fail(error, ALJ_ERROR_INVALID_ARG, _("expected syntax: --%s <%s>"), name,
                                        option->kind == ALJ_OPTION_NUMBER ? "number" : "string");
}

/* The option that takes the next positional argument, or NULL. */
static const AljOption *
find_positional(const Parser *parser)
{
    const AljOption *options = parser->args->command->options;
    for (gsize i = 0; options && options[i].name; i++) {
        if (options[i].kind != ALJ_OPTION_FLAG && !options[i].is_named_only && !parser->is_taken[i])
            return &options[i];
    }
    return NULL;
}

static bool
take_positional(Parser *parser, GError **error)
{
    const char *word = *parser->words++;
    const AljOption *option = find_positional(parser);
    if (!option)
        return alj_fail(error, ALJ_ERROR_INVALID_ARG, _("unexpected data '%s'"), word);
    if (option->kind == ALJ_OPTION_REST) {
        g_ptr_array_add(parser->args->rest, g_strdup(word));
        return true;
    }
    gsize i = (gsize) (option - parser->args->command->options);
    parser->is_taken[i] = true;
    /* how-tos write "-" for an argument they leave out; virsh takes it literally */
    if (option->is_required || strcmp(word, "-") != 0)
        parser->args->values[i] = g_strdup(word);
    return true;
}

static bool
take_word(Parser *parser, GError **error)
{
    const char *word = *parser->words;
    bool is_option = !parser->is_data && g_str_has_prefix(word, "--");
    if (is_option && !word[2]) {
        parser->is_data = true;
        parser->words++;
        return true;
    }
    return is_option && g_ascii_isalnum(word[2]) ? take_option(parser, error)
                                                 : take_positional(parser, error);
}

static bool
check_required(const AljArgs *args, GError **error)
{
    g_autoptr(GString) missing = g_string_new(NULL);
    const AljOption *options = args->command->options;
    for (gsize i = 0; options && options[i].name; i++) {
        if (!options[i].is_required || args->values[i])
            continue;
        if (missing->len > 0)
            g_string_append_c(missing, '\n');
        g_string_append_printf(missing, _("command '%s' requires <%s> option"), args->command->name,
                               options[i].name);
    }
    return missing->len == 0 || alj_fail(error, ALJ_ERROR_INVALID_ARG, "%s", missing->str);
}

AljArgs *
alj_args_parse_words(const char *const *words, GError **error)
{
    const AljCommand *command = alj_command_find(words[0]);
    if (!command) {
        (void) alj_fail(error, ALJ_ERROR_INVALID_ARG, _("unknown command: '%s'"), words[0]);
        return NULL;
    }
    g_autoptr(AljArgs) args = args_new(command);
    g_autofree bool *is_taken = g_new0(bool, count_options(command) + 1);
    Parser parser = { .args = args, .is_taken = is_taken, .words = words + 1 };
    while (*parser.words) {
        if (!take_word(&parser, error))
            return NULL;
    }
    if (!args->wants_help && !check_required(args, error))
        return NULL;
    return g_steal_pointer(&args);
}

AljArgs *
alj_args_parse_prefix(const char *const *words, const AljOption **ret_next)
{
    const AljCommand *command = alj_command_find(words[0]);
    *ret_next = NULL;
    if (!command)
        return NULL;
    AljArgs *args = args_new(command);
    g_autofree bool *is_taken = g_new0(bool, count_options(command) + 1);
    Parser parser = { .args = args, .is_taken = is_taken, .words = words + 1 };
    while (*parser.words)
        (void) take_word(&parser, NULL); /* what is wrong is said when the line is run */
    *ret_next = parser.waiting ? parser.waiting : find_positional(&parser);
    return args;
}

static bool
end_command(GPtrArray *batch, GPtrArray *words, GError **error)
{
    if (words->len == 0)
        return true;
    g_ptr_array_add(words, NULL);
    AljArgs *args = alj_args_parse_words((const char *const *) words->pdata, error);
    g_ptr_array_set_size(words, 0);
    if (args)
        g_ptr_array_add(batch, args);
    return args;
}

GPtrArray *
alj_args_parse_text(const char *text, GError **error)
{
    g_autoptr(GPtrArray) batch = g_ptr_array_new_with_free_func((GDestroyNotify) alj_args_free);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    for (;;) {
        char *word = NULL;
        switch (alj_token_next(&text, &word, error)) {
        case ALJ_TOKEN_WORD:
            g_ptr_array_add(words, word);
            break;
        case ALJ_TOKEN_BREAK:
            if (!end_command(batch, words, error))
                return NULL;
            break;
        case ALJ_TOKEN_END:
            return end_command(batch, words, error) ? g_steal_pointer(&batch) : NULL;
        case ALJ_TOKEN_BAD:
            return NULL;
        }
    }
}

/* --- values --- */

static bool
parse_number(const AljOption *option, const char *text, uint64_t *ret_number)
{
    uint64_t number = 0;
    while (g_ascii_isspace(*text))
        text++;
    bool is_negative = option->wraps && *text == '-';
    bool has_sign = is_negative || *text == '+';
    if (!g_ascii_string_to_unsigned(text + has_sign, 10, 0, G_MAXUINT64, &number, NULL))
        return false;
    *ret_number = is_negative ? -number : number;
    return *ret_number >= option->min && (option->max == 0 || *ret_number <= option->max);
}

bool
alj_args_check(const AljArgs *args, GError **error)
{
    const AljOption *options = args->command->options;
    for (gsize i = 0; options && options[i].name; i++) {
        for (const char *const *other = options[i].excludes; args->values[i] && *other; other++) {
            if (alj_args_has(args, *other))
                return alj_fail(error, ALJ_ERROR_INVALID_ARG,
                                _("Options --%s and --%s are mutually exclusive"), options[i].name, *other);
        }
    }
    for (gsize i = 0; options && options[i].name; i++) {
        const char *value = args->values[i];
        uint64_t number = 0;
        if (!value || options[i].kind == ALJ_OPTION_FLAG)
            continue;
        /* an empty number is malformed like any other that is none; sizes are for the command */
        bool is_for_others = options[i].kind == ALJ_OPTION_NUMBER || options[i].kind == ALJ_OPTION_SIZE;
        if (!*value && !options[i].may_be_empty && !is_for_others)
            return alj_fail(error, ALJ_ERROR_INVALID_ARG,
                            _("Failed to get option '%s': Option argument is empty"), options[i].name);
        if (options[i].kind == ALJ_OPTION_NUMBER && !parse_number(&options[i], value, &number))
            return alj_fail(error, ALJ_ERROR_INVALID_ARG,
                            _("Numeric value '%s' for <%s> option is malformed or out of range"), value,
                            options[i].name);
    }
    return true;
}

const char *
alj_args_text(const AljArgs *args, const char *name)
{
    const AljOption *option = alj_command_find_option(args->command, name);
    g_assert(option); /* a command asks for its own options only */
    return args->values[option - args->command->options];
}

bool
alj_args_has(const AljArgs *args, const char *name)
{
    return alj_args_text(args, name) != NULL;
}

uint64_t
alj_args_number(const AljArgs *args, const char *name)
{
    const char *value = alj_args_text(args, name);
    uint64_t number = 0;
    if (value)
        (void) parse_number(alj_command_find_option(args->command, name), value,
                            &number); /* checked before the run */
    return number;
}

unsigned
alj_args_flags(const AljArgs *args, const AljFlagRow *rows)
{
    unsigned flags = 0;
    for (; rows->option; rows++) {
        if (alj_args_has(args, rows->option))
            flags |= rows->bit;
    }
    return flags;
}
