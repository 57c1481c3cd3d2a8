/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at the units of a target. Runs on a pool's workers. */
#include "backend/iscsi_direct/lun.h"

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

bool
alj_lun_look(AljIscsi *session, unsigned lun, AljScsiKind *ret_kind, AljScsiShape *ret, GError **error)
{
    uint8_t inquiry[ALJ_SCSI_INQUIRY_BYTES] = { 0 }, capacity[ALJ_SCSI_CAPACITY_BYTES] = { 0 };
    size_t got;
    if (!alj_iscsi_run(session, lun, scsi_cdb_inquiry(0, 0, sizeof inquiry), inquiry, &got, error))
        return false;
    *ret_kind = alj_scsi_parse_kind(inquiry, got);
    if (*ret_kind != ALJ_SCSI_DISK)
        return true;
    if (!alj_iscsi_run(session, lun, scsi_cdb_serviceactionin16(SCSI_READCAPACITY16, sizeof capacity), capacity, &got, error))
        return false;
    return alj_scsi_parse_shape(capacity, got, ret)
        || alj_fail(error, ALJ_ERROR_OPERATION_FAILED, "LUN %u has a size that cannot be true", lun);
}
