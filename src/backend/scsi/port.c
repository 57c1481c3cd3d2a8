/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Virtual fibre channel ports that live as long as their pool. That a port was made for a pool is written down before it is made, so
 * that after a crash, too, it goes with the pool, and a port of somebody else stays. Runs on a pool's workers.
 */
#include "backend/scsi/adapter.h"

#include "base/files.h"
#include "base/guard.h"
#include "base/undo.h"
#include "host/fc.h"
#include "host/udev.h"

#include <errno.h>
#include <fcntl.h>

#define FOLDER      "virtual-ports"
#define SETTLE_USEC (10 * G_TIME_SPAN_SECOND)

/* ---- the record ---- */

typedef struct Record {
    int folder_fd;
    char *folder;
    char name[ALJ_UUID_TEXT_SIZE];
} Record;

#define RECORD_INIT { .folder_fd = -1 }

static void
record_clear(Record *record)
{
    alj_autofd_clear(&record->folder_fd);
    g_free(record->folder);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Record, record_clear)

static bool
open_record(AljCall *call, const AljPoolDef *pool, Record *ret, GError **error)
{
    ret->folder = g_build_filename(call->state_dir, FOLDER, NULL);
    (void) alj_uuid_format(&pool->uuid, ret->name);
    if (!alj_files_make_dirs(ret->folder, 0700, error))
        return false;
    ret->folder_fd = open(ret->folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    return ret->folder_fd >= 0 || alj_fail_errno(error, errno, "cannot open directory '%s'", ret->folder);
}

static bool
has_record(const Record *record)
{
    return faccessat(record->folder_fd, record->name, F_OK, 0) == 0;
}

static bool
drop_record(const Record *record, GError **error)
{
    return !has_record(record) || alj_files_remove(record->folder_fd, record->folder, record->name, error);
}

static void
undo_record(void *data)
{
    (void) drop_record(data, NULL); /* then the port, should somebody make it, is taken for ours: told in the documentation */
}

/* ---- making ---- */

static bool
find_parent(AljCall *call, const AljPoolAdapter *adapter, unsigned *ret, GError **error)
{
    AljHost *host = call->host;
    if (adapter->parent) {
        if (!alj_adapter_number(adapter->parent, ret, error))
            return false;
        return alj_fc_is_port(host, *ret)
            || alj_fail(error, ALJ_ERROR_XML, "parent '%s' specified for vHBA does not exist", adapter->parent);
    }
    if (adapter->parent_wwnn)
        return alj_fc_find(host, adapter->parent_wwnn, adapter->parent_wwpn, ret)
            || alj_fail(error, ALJ_ERROR_XML, "cannot find parent using provided wwnn/wwpn");
    if (adapter->parent_fabric_wwn)
        return alj_fc_find_fabric(host, adapter->parent_fabric_wwn, ret)
            || alj_fail(error, ALJ_ERROR_XML, "cannot find parent using provided fabric_wwn");
    return alj_fc_find_parent(host, ret)
        || alj_fail(error, ALJ_ERROR_XML, "'parent' for vHBA not specified, and cannot find one on this host");
}

/* A port that is there already has to be a virtual one, on the parent that the pool names, if it names one. */
static bool
check_port(AljCall *call, const AljPoolAdapter *adapter, unsigned number, GError **error)
{
    unsigned parent, wanted;
    if (!alj_fc_parent_of(call->host, number, &parent))
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "the wwnn/wwpn for 'host%u' are assigned to an HBA", number);
    if (!adapter->parent && !adapter->parent_wwnn && !adapter->parent_fabric_wwn)
        return true;
    if (!find_parent(call, adapter, &wanted, error))
        return false;
    return parent == wanted || alj_fail(error, ALJ_ERROR_XML, "Parent attribute 'host%u' does not match parent 'host%u' determined "
                                        "for the 'host%u' wwnn/wwpn lookup.", wanted, parent, number);
}

bool
alj_port_make(AljCall *call, const AljPoolDef *pool, GError **error)
{
    const AljPoolAdapter *adapter = pool->adapter;
    unsigned number, parent;
    g_autoptr(GError) failure = NULL;
    if (alj_fc_find(call->host, adapter->wwnn, adapter->wwpn, &number))
        return check_port(call, adapter, number, error);
    g_auto(Record) record = RECORD_INIT;
    g_auto(AljUndo) undo = ALJ_UNDO_INIT; /* before the record is closed */
    if (!find_parent(call, adapter, &parent, error) || !open_record(call, pool, &record, error)
        || !alj_files_save(record.folder_fd, record.folder, record.name, 0600, "", 0, error))
        return false;
    alj_undo_push(&undo, undo_record, &record, NULL);
    bool is_made = alj_fc_port_create(call->host, parent, adapter->wwnn, adapter->wwpn, &failure);
    if (is_made || alj_error_errno(failure) == ETIMEDOUT) /* or it will be made, some day */
        alj_undo_commit(&undo); /* whatever happens now, the port is ours: the next start finds it, and the next stop takes it away */
    if (!is_made) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    if (!alj_udev_settle(call->host, SETTLE_USEC, call->task, error))
        return false;
    return alj_fc_find(call->host, adapter->wwnn, adapter->wwpn, &number)
        || alj_fail(error, ALJ_ERROR_INTERNAL, "host%u made no virtual port with wwnn='%s', wwpn='%s'", parent, adapter->wwnn,
                    adapter->wwpn);
}

/* ---- removing ---- */

bool
alj_port_remove(AljCall *call, const AljPoolDef *pool, GError **error)
{
    const AljPoolAdapter *adapter = pool->adapter;
    g_auto(Record) record = RECORD_INIT;
    AljLunHost port = { .is_virtual = true };
    unsigned parent;
    if (!open_record(call, pool, &record, error))
        return false;
    bool is_ours = adapter->managed == 1 || (adapter->managed != 0 && has_record(&record));
    if (is_ours && alj_fc_find(call->host, adapter->wwnn, adapter->wwpn, &port.number)
        && alj_fc_parent_of(call->host, port.number, &parent)
        && (!alj_luns_check_free(call, &port, error)
            || !alj_fc_port_delete(call->host, parent, adapter->wwnn, adapter->wwpn, error)))
        return false;
    return drop_record(&record, error);
}
