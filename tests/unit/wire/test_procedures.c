/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of procedures: complete, consistent, and named as clients know it. Errors in the protocol's words. */
#include "wire/procedures.h"

#include <errno.h>
#include <string.h>

static const AljProcedure *
row(int32_t number)
{
    const AljProcedure *procedure = alj_procedure_find(number);
    g_assert_nonnull(procedure);
    return procedure;
}

static void
test_find(void)
{
    g_assert_null(alj_procedure_find(0));
    g_assert_null(alj_procedure_find(-1));
    g_assert_null(alj_procedure_find(ALJ_PROC_LAST + 1));
    g_assert_null(alj_procedure_find(G_MAXINT32));
    g_assert_null(alj_procedure_find(G_MININT32));
    g_assert_cmpstr(row(1)->name, ==, "CONNECT_OPEN");
    g_assert_cmpstr(row(152)->name, ==, "NETWORK_IS_ACTIVE");
    g_assert_cmpstr(row(443)->name, ==, "DOMAIN_FD_ASSOCIATE");
}

static void
test_consistent(void)
{
    unsigned n_implemented = 0;
    for (int32_t number = 1; number <= ALJ_PROC_LAST; number++) {
        const AljProcedure *procedure = row(number);
        g_assert_nonnull(procedure->name);
        g_assert_true(!procedure->args == !procedure->args_size);
        g_assert_true(!procedure->ret == !procedure->ret_size);
        g_assert_true(!(procedure->traits & ALJ_PROC_HAS_FLAGS) == !procedure->flags_function);
        if (procedure->traits & ALJ_PROC_HAS_FLAGS)
            g_assert_cmpuint(procedure->flags_offset + sizeof(uint32_t), <=, procedure->args_size);
        /* nothing that changes or moves data is open to read-only connections */
        if (procedure->traits & (ALJ_PROC_SLOW | ALJ_PROC_STREAM))
            g_assert_false(procedure->traits & ALJ_PROC_READONLY);
        if (procedure->traits & ALJ_PROC_READONLY)
            g_assert_cmpint(procedure->right, <=, ALJ_RIGHT_READ);
        n_implemented += alj_procedure_is_implemented(procedure);
    }
    g_assert_cmpuint(n_implemented, ==, 86);
}

static void
test_read_only(void)
{
    /* the calls that the reference refuses on a read-only connection */
    static const int32_t forbidden[] = { 75, 76, 77, 78, 79, 80, 81, 82, 83, 90, 93, 94, 125, 142, 144, 145, 146, 165,
                                         208, 209, 259, 260 };
    unsigned n_forbidden = 0;
    for (int32_t number = 1; number <= ALJ_PROC_LAST; number++) {
        const AljProcedure *procedure = row(number);
        if (alj_procedure_is_implemented(procedure) && !(procedure->traits & ALJ_PROC_READONLY))
            g_assert_cmpint(number, ==, forbidden[n_forbidden++]);
    }
    g_assert_cmpuint(n_forbidden, ==, G_N_ELEMENTS(forbidden));
}

static void
test_before_open(void)
{
    static const int32_t early[] = { 1, 2, 60, 66, 70 };
    unsigned n_early = 0;
    for (int32_t number = 1; number <= ALJ_PROC_LAST; number++) {
        if (row(number)->traits & ALJ_PROC_BEFORE_OPEN)
            g_assert_cmpint(number, ==, early[n_early++]);
    }
    g_assert_cmpuint(n_early, ==, G_N_ELEMENTS(early));
}

/** The flags word is where the row says, and the last thing in the arguments (but for lists, where it is the only thing). */
static void
test_flags(void)
{
    AljWireVolResize resize = { .capacity = 1, .flags = 0x40000000 };
    uint32_t flags;
    const AljProcedure *procedure = row(ALJ_PROC_STORAGE_VOL_RESIZE);
    memcpy(&flags, (const char *) &resize + procedure->flags_offset, sizeof flags);
    g_assert_cmphex(flags, ==, 0x40000000);
    g_assert_cmphex(procedure->flags, ==, 7);
    g_assert_cmpstr(procedure->flags_function, ==, "storageVolResize");
    for (int32_t number = 1; number <= ALJ_PROC_LAST; number++) {
        procedure = row(number);
        if (!(procedure->traits & ALJ_PROC_HAS_FLAGS))
            continue;
        const AljXdrField *last = procedure->args;
        while (last[1].kind != ALJ_XDR_END)
            last++;
        g_assert_cmpstr(last->name, ==, "flags");
        g_assert_cmpuint(last->offset, ==, procedure->flags_offset);
    }
}

static void
test_api_names(void)
{
    static const struct {
        int32_t number;
        const char *api;
        AljErrorArea area;
    } rows[] = {
        /* all of them as libvirtd 9.0 answers them */
        { 11, "virDomainDefineXML", ALJ_AREA_DOMAIN },
        { 47, "virNetworkLookupByUUID", ALJ_AREA_NETWORK },
        { 83, "virStoragePoolRefresh", ALJ_AREA_STORAGE },
        { 114, "virNodeDeviceGetXMLDesc", ALJ_AREA_NODEDEV },
        { 129, "virInterfaceLookupByMACString", ALJ_AREA_INTERFACE },
        { 141, "virSecretLookupByUUID", ALJ_AREA_SECRET },
        { 178, "virConnectNumOfNWFilters", ALJ_AREA_NWFILTER },
        { 185, "virDomainSnapshotCreateXML", ALJ_AREA_SNAPSHOT },
        { 227, "virNodeGetCPUStats", ALJ_AREA_DOMAIN },
        { 273, "virConnectListAllDomains", ALJ_AREA_DOMAIN },
        { 294, "virDomainFSTrim", ALJ_AREA_DOMAIN },
        { 316, "virConnectDomainEventRegisterAny", ALJ_AREA_DOMAIN },
        { 317, "virConnectDomainEventDeregisterAny", ALJ_AREA_DOMAIN },
        { 351, "virDomainGetIOThreadInfo", ALJ_AREA_DOMAIN },
        { 411, "virDomainCheckpointCreateXML", ALJ_AREA_CHECKPOINT },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *api = alj_procedure_api(row(rows[i].number));
        g_assert_cmpstr(api, ==, rows[i].api);
        g_assert_cmpint(row(rows[i].number)->area, ==, rows[i].area);
    }
    /* what is written in the table is what the rule of the names gives */
    for (int32_t number = 1; number <= ALJ_PROC_LAST; number++) {
        AljProcedure nameless = *row(number);
        if (!nameless.api)
            continue;
        nameless.api = NULL;
        g_autofree char *made = alj_procedure_api(&nameless);
        g_assert_cmpstr(made, ==, row(number)->api);
    }
}

static void
test_events(void)
{
    static const int32_t events[] = { 107, 318, 346, 362, 370, 373, 438 };
    for (gsize i = 0; i < G_N_ELEMENTS(events); i++) {
        g_assert_true(row(events[i])->traits & ALJ_PROC_EVENT);
        g_assert_false(alj_procedure_is_implemented(row(events[i])));
    }
    g_assert_false(row(316)->traits & ALJ_PROC_EVENT);
    g_assert_false(row(368)->traits & ALJ_PROC_EVENT);
}

static void
assert_wire(GError *take_error, const AljWireError *expected)
{
    AljWireError wire;
    alj_wire_error_fill(take_error, &wire);
    g_assert_cmpint(wire.code, ==, expected->code);
    g_assert_cmpint(wire.domain, ==, expected->domain);
    g_assert_cmpstr(wire.message, ==, expected->message);
    g_assert_cmpint(wire.level, ==, 2);
    g_assert_cmpstr(wire.str1, ==, expected->str1);
    g_assert_cmpstr(wire.str2, ==, expected->str2);
    g_assert_null(wire.str3);
    g_assert_cmpint(wire.int1, ==, expected->int1);
    g_assert_cmpint(wire.int2, ==, expected->int2);
    alj_xdr_clear(alj_wire_error, &wire);
    g_error_free(take_error);
}

#define TEXT(text) .message = (char *) (text)
#define STR1(text) .str1 = (char *) (text)
#define STR2(text) .str2 = (char *) (text)

static void
test_errors(void)
{
    GError *error = NULL;
    alj_fail(&error, ALJ_ERROR_VOL_EXISTS, "'x'");
    assert_wire(error, &(AljWireError) { .code = 90, .domain = 18, TEXT("storage volume 'x' exists already"),
                                         STR1("storage volume %s exists already"), STR2("'x'"), .int1 = -1, .int2 = -1 });
    error = NULL;
    alj_fail_errno(&error, ENOTEMPTY, "failed to remove pool '/p'");
    assert_wire(error, &(AljWireError) { .code = 38, .domain = 18, TEXT("failed to remove pool '/p': Directory not empty"),
                                         STR1("%s"), STR2("failed to remove pool '/p': Directory not empty"),
                                         .int1 = ENOTEMPTY, .int2 = -1 });
    error = NULL;
    alj_fail(&error, ALJ_ERROR_FLAGS, "unsupported flags (0x%x) in function %s", 0x40000000, "storagePoolRefresh");
    assert_wire(error, &(AljWireError) { .code = 8, .domain = 18,
                                         TEXT("unsupported flags (0x40000000) in function storagePoolRefresh"),
                                         STR1("storagePoolRefresh"), STR2("flags"), .int1 = 0, .int2 = 0 });
    error = NULL;
    alj_fail_area(&error, ALJ_AREA_RPC, ALJ_ERROR_RPC, "unknown procedure: %d", 9999);
    assert_wire(error, &(AljWireError) { .code = 39, .domain = 7, TEXT("unknown procedure: 9999"), STR1("%s"),
                                         STR2("unknown procedure: 9999"), .int1 = -1, .int2 = -1 });
    error = g_error_new(G_FILE_ERROR, G_FILE_ERROR_IO, "disk on fire");
    assert_wire(error, &(AljWireError) { .code = 1, .domain = 18, TEXT("internal error: disk on fire"),
                                         STR1("internal error: %s"), STR2("disk on fire"), .int1 = -1, .int2 = -1 });
}

/** Long and broken text is cut and mended before it goes out. */
static void
test_error_bounds(void)
{
    g_autofree char *enies = g_strnfill(9001, '\xc3');
    for (guint i = 1; i < 9001; i += 2)
        enies[i] = '\xb1';
    g_autoptr(GError) error = NULL;
    AljWireError wire;
    alj_fail(&error, ALJ_ERROR_XML, "%s", enies);
    alj_wire_error_fill(error, &wire);
    g_assert_true(g_utf8_validate(wire.str2, -1, NULL));
    g_assert_true(g_utf8_validate(wire.message, -1, NULL));
    g_assert_cmpuint(strlen(wire.str2), <=, 4096);
    g_assert_cmpuint(strlen(wire.str2), >, 4000);
    alj_xdr_clear(alj_wire_error, &wire);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/procedures/find", test_find);
    g_test_add_func("/wire/procedures/consistent", test_consistent);
    g_test_add_func("/wire/procedures/read-only", test_read_only);
    g_test_add_func("/wire/procedures/before-open", test_before_open);
    g_test_add_func("/wire/procedures/flags", test_flags);
    g_test_add_func("/wire/procedures/api-names", test_api_names);
    g_test_add_func("/wire/procedures/events", test_events);
    g_test_add_func("/wire/procedures/errors", test_errors);
    g_test_add_func("/wire/procedures/error-bounds", test_error_bounds);
    return g_test_run();
}
