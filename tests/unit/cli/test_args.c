/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arguments of commands, on a table of commands of its own: order of positionals, every refusal with its
 * text, checks of values. */
#include "base/error.h"
#include "cli/args.h"

static const AljCommand pool_like = {
    .name = "one",
    .group = "g",
    .summary = "s",
    .options = (const AljOption[]) {
        ALJ_OPT_POOL("pool"),
        ALJ_OPT_NEEDED("file", ALJ_OPTION_FILE, "f"),
        ALJ_OPT_FLAG("all", "a"),
        { .name = "some", .kind = ALJ_OPTION_FLAG, .excludes = { "all" }, .help = "b" },
        ALJ_OPT_VALUE("first", ALJ_OPTION_TEXT, "c"),
        { .name = "number", .kind = ALJ_OPTION_NUMBER, .min = 1, .max = 10, .help = "d" },
        { .name = "wrapping", .kind = ALJ_OPTION_NUMBER, .wraps = true, .help = "d" },
        { .name = "size", .kind = ALJ_OPTION_SIZE, .is_named_only = true, .help = "d" },
        ALJ_OPT_XPATH,
        { 0 },
    },
};
static const AljCommand bare = { .name = "bare", .group = "g", .summary = "s" };
static const AljCommand echo = {
    .name = "echo",
    .group = "g",
    .summary = "s",
    .options = (const AljOption[]) {
        ALJ_OPT_FLAG("err", "e"),
        { .name = "word", .kind = ALJ_OPTION_REST, .help = "w" },
        { 0 },
    },
};
const AljCommand *const alj_commands[] = { &pool_like, &bare, &echo, NULL };

static AljArgs *
parse(const char *line, GError **error)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    return alj_args_parse_words((const char *const *) words, error);
}

static void
test_positional(void)
{
    static const struct {
        const char *line, *pool, *file, *first, *xpath;
        uint64_t number;
    } rows[] = {
        { "one p f", "p", "f", NULL, NULL, 0 },
        { "one --all p f x 5", "p", "f", "x", NULL, 5 },
        { "one --file f p x", "p", "f", "x", NULL, 0 },
        { "one p f - 7", "p", "f", NULL, NULL, 7 },
        { "one - -", "-", "-", NULL, NULL, 0 },
        { "one p f --first=a=b", "p", "f", "a=b", NULL, 0 },
        { "one p --first --all f", "p", "f", "--all", NULL, 0 },
        { "one p f -- --all", "p", "f", "--all", NULL, 0 },
        { "one -- -- f", "--", "f", NULL, NULL, 0 },
        { "one p f -x", "p", "f", "-x", NULL, 0 },
        { "one ---p --=f", "---p", "--=f", NULL, NULL, 0 },
        { "one p f --xpath //a", "p", "f", NULL, "//a", 0 },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(AljArgs) args = parse(rows[i].line, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(alj_args_text(args, "pool"), ==, rows[i].pool);
        g_assert_cmpstr(alj_args_text(args, "file"), ==, rows[i].file);
        g_assert_cmpstr(alj_args_text(args, "first"), ==, rows[i].first);
        g_assert_cmpstr(alj_args_text(args, "xpath"), ==, rows[i].xpath);
        g_assert_cmpuint(alj_args_number(args, "number"), ==, rows[i].number);
    }
}

static void
test_refuse(void)
{
    static const struct {
        const char *line, *message;
    } rows[] = {
        { "nosuch", "unknown command: 'nosuch'" },
        { "ONE p f", "unknown command: 'ONE'" },
        { "one p", "command 'one' requires <file> option" },
        { "one", "command 'one' requires <pool> option\ncommand 'one' requires <file> option" },
        { "bare x", "unexpected data 'x'" },
        { "one p f x 1 2 y", "unexpected data 'y'" },
        { "one p f --bogus", "command 'one' doesn't support option --bogus" },
        { "one p f --bogus=1", "command 'one' doesn't support option --bogus" },
        { "one p f --al", "command 'one' doesn't support option --al" },
        { "one p f --all=1", "invalid '=' after option --all" },
        { "one p f --help=1", "invalid '=' after option --help" },
        { "one p f --first", "expected syntax: --first <string>" },
        { "one p f --number", "expected syntax: --number <number>" },
        { "one p f --all --all", "option --all already seen" },
        { "one p f --pool q", "option --pool already seen" },
        { "one p f - --first q", "option --first already seen" },
        { "one --help --bogus", "command 'one' doesn't support option --bogus" },
        { "echo --word x", "command 'echo' doesn't support option --word" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_null(parse(rows[i].line, &error));
        g_assert_true(alj_error_is(error, ALJ_ERROR_INVALID_ARG));
        g_assert_cmpstr(error->message, ==, rows[i].message);
    }
}

static void
test_check(void)
{
    static const struct {
        const char *line, *message;
    } rows[] = {
        { "one p f", NULL },
        { "one p f --number 10 --wrapping -1", NULL },
        { "one p f --all --some", "Options --some and --all are mutually exclusive" },
        { "one p f --first=", "Failed to get option 'first': Option argument is empty" },
        { "one p f --size=", NULL },
        { "one p f --number=", "Numeric value '' for <number> option is malformed or out of range" },
        { "one p f --number abc", "Numeric value 'abc' for <number> option is malformed or out of range" },
        { "one p f --number 0", "Numeric value '0' for <number> option is malformed or out of range" },
        { "one p f --number 11", "Numeric value '11' for <number> option is malformed or out of range" },
        { "one p f --number -5", "Numeric value '-5' for <number> option is malformed or out of range" },
        { "one p f --number 1K", "Numeric value '1K' for <number> option is malformed or out of range" },
        { "one p f --wrapping --1", "Numeric value '--1' for <wrapping> option is malformed or out of range" },
        { "one p f --wrapping 18446744073709551616",
          "Numeric value '18446744073709551616' for <wrapping> option is malformed or out of range" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(AljArgs) args = parse(rows[i].line, NULL);
        g_assert_cmpint(alj_args_check(args, &error), ==, rows[i].message == NULL);
        g_assert_cmpstr(error ? error->message : NULL, ==, rows[i].message);
    }
    g_autoptr(AljArgs) args = parse("one p f --wrapping -1", NULL);
    g_assert_cmpuint(alj_args_number(args, "wrapping"), ==, G_MAXUINT64);
}

static void
test_batch(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) batch = alj_args_parse_text("one 'a b' f; ;bare\n echo --err x y", &error);
    g_assert_no_error(error);
    g_assert_cmpuint(batch->len, ==, 3);
    const AljArgs *first = batch->pdata[0], *last = batch->pdata[2];
    g_assert_cmpstr(alj_args_text(first, "pool"), ==, "a b");
    g_assert_true(alj_args_has(last, "err"));
    g_assert_cmpuint(last->rest->len, ==, 2);
    g_assert_cmpstr(last->rest->pdata[1], ==, "y");

    g_assert_null(alj_args_parse_text("bare; nosuch; bare", &error));
    g_assert_cmpstr(error->message, ==, "unknown command: 'nosuch'");
}

static void
test_help(void)
{
    g_autoptr(AljArgs) args = parse("one --help", NULL);
    g_assert_nonnull(args);
    g_assert_true(args->wants_help);
}

static void
test_prefix(void)
{
    static const struct {
        const char *line, *next;
    } rows[] = {
        { "one", "pool" },
        { "one p", "file" },
        { "one p f", "first" },
        { "one p f --first", "first" },
        { "one --file", "file" },
        { "one --file x", "pool" },
        { "one --bogus p", "file" },
        { "bare", NULL },
        { "one p f x 1 2", NULL },
        { "echo a b", "word" },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_auto(GStrv) words = g_strsplit(rows[i].line, " ", -1);
        const AljOption *next = NULL;
        g_autoptr(AljArgs) args = alj_args_parse_prefix((const char *const *) words, &next);
        g_assert_nonnull(args);
        g_assert_cmpstr(next ? next->name : NULL, ==, rows[i].next);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/args/positional", test_positional);
    g_test_add_func("/cli/args/refuse", test_refuse);
    g_test_add_func("/cli/args/check", test_check);
    g_test_add_func("/cli/args/batch", test_batch);
    g_test_add_func("/cli/args/help", test_help);
    g_test_add_func("/cli/args/prefix", test_prefix);
    return g_test_run();
}
