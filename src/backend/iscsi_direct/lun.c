/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at the units of a target. Runs on a pool's workers. */
#include "backend/iscsi_direct/lun.h"

#include "host/scsi_identity.h"

#include <iscsi/scsi-lowlevel.h>

#define REPORT_BYTES     4096
#define REPORT_BYTES_MAX (8 + 8 * 16384) /* flat addressing has 14 bits */

GArray *
alj_lun_list(AljIscsi *session, GError **error)
{
    uint64_t needed_bytes = REPORT_BYTES;
    g_autofree uint8_t *data = NULL;
    GArray *luns = NULL;
    size_t room, got;
    do {
        g_clear_pointer(&luns, g_array_unref);
        g_free(data);
        room = (size_t) MIN(needed_bytes, REPORT_BYTES_MAX);
        data = g_malloc0(room);
        if (!alj_iscsi_run(session, 0, scsi_reportluns_cdb(0, (int) room), data, &got, error))
            return NULL;
        luns = alj_scsi_parse_luns(data, got, &needed_bytes);
    } while (luns && needed_bytes > room && room < REPORT_BYTES_MAX);
    if (!luns)
        alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "the target's list of LUNs is too short to be one");
    return luns;
}

gssize
alj_lun_page(AljIscsi *session, unsigned number, int page, uint8_t data[static ALJ_SCSI_PAGE_BYTES], GError **error)
{
    GError *failure = NULL;
    size_t got;
    if (alj_iscsi_run(session, number, scsi_cdb_inquiry(1, page, ALJ_SCSI_PAGE_BYTES), data, &got, &failure))
        return (gssize) got;
    if (alj_error_is(failure, ALJ_ERROR_UNSUPPORTED)) {
        g_error_free(failure);
        return 0;
    }
    g_propagate_error(error, failure);
    return -1;
}

/* The page, if the answer is that page. Returns: false on failure; *@ret is NULL for a unit that has no such page. */
static bool
read_page(AljIscsi *session, unsigned number, int page, GBytes **ret, GError **error)
{
    uint8_t data[ALJ_SCSI_PAGE_BYTES] = { 0 };
    gssize got = alj_lun_page(session, number, page, data, error);
    *ret = got > 1 && data[1] == page ? g_bytes_new(data, (gsize) got) : NULL;
    return got >= 0;
}

bool
alj_lun_identify(AljIscsi *session, unsigned number, uint64_t *ret_identity, GError **error)
{
    g_autoptr(GBytes) names = NULL, its_number = NULL;
    g_auto(AljScsiIdentity) identity = { 0 };
    if (!read_page(session, number, ALJ_SCSI_PAGE_NAMES, &names, error)
        || !read_page(session, number, ALJ_SCSI_PAGE_NUMBER, &its_number, error))
        return false;
    alj_scsi_identify(names, its_number, NULL, NULL, &identity);
    *ret_identity = alj_vol_identity(identity.digest);
    return true;
}

bool
alj_lun_look(AljIscsi *session, unsigned number, AljScsiKind *ret_kind, AljLun *ret, GError **error)
{
    uint8_t inquiry[ALJ_SCSI_INQUIRY_BYTES] = { 0 }, capacity[ALJ_SCSI_CAPACITY_BYTES] = { 0 };
    size_t got;
    if (!alj_iscsi_run(session, number, scsi_cdb_inquiry(0, 0, sizeof inquiry), inquiry, &got, error))
        return false;
    *ret_kind = alj_scsi_parse_kind(inquiry, got);
    if (*ret_kind != ALJ_SCSI_DISK)
        return true;
    if (!alj_iscsi_run(session, number, scsi_cdb_serviceactionin16(SCSI_READCAPACITY16, sizeof capacity), capacity, &got, error))
        return false;
    ret->number = number;
    if (!alj_scsi_parse_shape(capacity, got, &ret->shape))
        return alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "LUN %u has a size that cannot be true", number);
    return alj_lun_identify(session, number, &ret->identity, error);
}
