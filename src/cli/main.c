/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The aljibe command: options of the program, then one command, a batch of them in one argument, or a
 * shell. */
#include "cli/cli.h"
#include "cli/help.h"
#include "cli/program.h"
#include "cli/run.h"
#include "cli/shell.h"

#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_DOMAIN     "aljibe"
#define KEEPALIVE_COUNT 6
#define DEBUG_LEVEL_MAX 4

/* What an option asks for besides a setting: print something and end. */
typedef enum Request {
    REQUEST_NONE,
    REQUEST_HELP,
    REQUEST_SHORT_VERSION,
    REQUEST_LONG_VERSION,
    REQUEST_BAD
} Request;

static const char *
long_name(int letter)
{
    for (const struct option *option = alj_program_options; option->name; option++) {
        if (option->val == letter)
            return option->name;
    }
    return "";
}

static Request
read_count(AljCli *cli, int letter, bool is_long, unsigned *count)
{
    char *end = NULL;
    const char *dashes = is_long ? "--" : "-";
    g_autofree char *short_name = g_strdup_printf("%c", letter);
    const char *name = is_long ? long_name(letter) : short_name;
    long value = strtol(optarg, &end, 10);
    if (end == optarg || *end || value > G_MAXINT) {
        (void) alj_cli_fail(cli, "Invalid value for option %s%s", dashes, name);
        return REQUEST_BAD;
    }
    if (value < 0) {
        (void) alj_cli_fail(cli, "option %s%s requires a positive integer argument", dashes, name);
        return REQUEST_BAD;
    }
    *count = (unsigned) value;
    return REQUEST_NONE;
}

static Request
check_debug(AljCli *cli)
{
    char *end = NULL;
    long level = strtol(optarg, &end, 10);
    if (end == optarg || *end) {
        (void) alj_cli_fail(cli, "option -d takes a numeric argument");
        return REQUEST_BAD;
    }
    if (level < 0 || level > DEBUG_LEVEL_MAX)
        (void) alj_cli_fail(cli, "ignoring debug level %ld out of range [0-%d]", level, DEBUG_LEVEL_MAX);
    return REQUEST_NONE;
}

static Request
refuse(AljCli *cli, int letter, const char *word)
{
    if (letter == ':')
        (void) alj_cli_fail(cli, "option '-%c'/'--%s' requires an argument", optopt, long_name(optopt));
    else if (optopt)
        (void) alj_cli_fail(cli, "unsupported option '-%c'. See --help.", optopt);
    else
        (void) alj_cli_fail(cli, "unsupported option '%s'. See --help.", word);
    return REQUEST_BAD;
}

static Request
take_option(AljCli *cli, int letter, bool is_long, const char *word)
{
    switch (letter) {
    case 'c':
        g_free(cli->uri);
        cli->uri = g_strdup(optarg);
        return REQUEST_NONE;
    case 'd':
        return check_debug(cli);
    case 'e': /* of consoles, which storage has none of */
    case 'l': /* of debugging, which ALJIBE_DEBUG is for */
        return REQUEST_NONE;
    case 'h':
        return REQUEST_HELP;
    case 'k':
        return read_count(cli, letter, is_long, &cli->keepalive_interval_sec);
    case 'K':
        return read_count(cli, letter, is_long, &cli->keepalive_count);
    case 'q':
        cli->is_quiet = true;
        return REQUEST_NONE;
    case 'r':
        cli->is_readonly = true;
        return REQUEST_NONE;
    case 't':
        cli->shows_time = true;
        return REQUEST_NONE;
    case 'v':
        return optarg && !strcmp(optarg, "long") ? REQUEST_LONG_VERSION : REQUEST_SHORT_VERSION;
    case 'V':
        return REQUEST_LONG_VERSION;
    default:
        return refuse(cli, letter, word);
    }
}

static Request
read_options(AljCli *cli, int argc, char **argv)
{
    opterr = 0;
    for (;;) {
        int index = -1;
        int letter = getopt_long(argc, argv, "+:c:d:e:hk:K:l:qrtvV", alj_program_options, &index);
        Request request = letter < 0 ? REQUEST_NONE : take_option(cli, letter, index >= 0, argv[optind - 1]);
        if (letter < 0 || request != REQUEST_NONE)
            return request;
    }
}

static int
answer(Request request)
{
    g_autofree char *help = request == REQUEST_HELP ? alj_help_program() : NULL;
    if (help)
        fputs(help, stdout);
    else if (request == REQUEST_SHORT_VERSION)
        puts(ALJIBE_VERSION);
    else if (request == REQUEST_LONG_VERSION)
        printf(_("Aljibe command line tool %s\n"
                 "Manages storage pools and volumes; speaks libvirt's remote protocol.\n"),
               ALJIBE_VERSION);
    return request == REQUEST_BAD ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int
run_arguments(AljCli *cli, char *const *words)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) batch = NULL;
    if (!words[0])
        return alj_shell_run(cli);
    if (!words[1]) {
        if (!*words[0])
            return EXIT_FAILURE; /* silently, as virsh: a variable that was to hold a command is empty */
        batch = alj_args_parse_text(words[0], &error);
        return batch ? alj_cli_run_batch(cli, batch) : alj_cli_fail_lines(cli, error->message);
    }
    g_autoptr(AljArgs) args = alj_args_parse_words((const char *const *) words, &error);
    return args ? alj_cli_run(cli, args) : alj_cli_fail_lines(cli, error->message);
}

/* Messages in the user's language: from the build tree when that is where we are, or else the installed ones. */
static void
set_language(void)
{
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *dir = g_path_get_dirname(program ? program : "/");
    g_autofree char *built = g_build_filename(dir, "../../po", NULL);
    bool is_build_tree = g_str_has_suffix(dir, "/src/cli") && g_file_test(built, G_FILE_TEST_IS_DIR);
    if (!setlocale(LC_ALL, "")) /* not installed: the C locale, and virsh's word of it */
        perror("setlocale");
    (void) bindtextdomain(TEXT_DOMAIN, is_build_tree ? built : ALJIBE_LOCALE_DIR);
    (void) textdomain(TEXT_DOMAIN);
}

int
main(int argc, char **argv)
{
    g_auto(AljCli) cli = { .keepalive_count = KEEPALIVE_COUNT };
    set_language();
    Request request = read_options(&cli, argc, argv);
    if (request != REQUEST_NONE)
        return answer(request);
    int status = run_arguments(&cli, argv + optind);
    if (fflush(stdout) != 0 || ferror(stdout))
        status = alj_cli_fail(&cli, "cannot write to standard output");
    return status;
}
