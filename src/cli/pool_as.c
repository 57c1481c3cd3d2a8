/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pools from options: the document, and the flags of the commands that start one. */
#include "cli/pool_as.h"

#include "cli/xml_build.h"

#include <stdlib.h>
#include <string.h>

const char *const alj_pool_types[] = {
    "dir", "fs",       "netfs",   "logical", "disk",     "iscsi",        "scsi", "mpath",
    "rbd", "sheepdog", "gluster", "zfs",     "vstorage", "iscsi-direct", NULL,
};

const char *const alj_pool_formats[] = {
    "auto", "ext2", "ext3", "ext4", "ufs",  "iso9660", "udf", "gfs",  "gfs2",      "vfat", "hfs+", "xfs", "ocfs2", "vmfs",
    "nfs",  "cifs", "glusterfs", "lvm2", "dos", "dvh", "gpt", "mac", "bsd", "pc98", "sun", NULL,
};
const char *const alj_auth_types[] = { "chap", "ceph", NULL };

static void
append_adapter(AljXml *xml, const AljArgs *args)
{
    const char *wwnn = alj_args_text(args, "adapter-wwnn");
    const char *wwpn = alj_args_text(args, "adapter-wwpn");
    const char *name = alj_args_text(args, "adapter-name");
    const char *parent = alj_args_text(args, "adapter-parent");
    const char *parent_wwnn = alj_args_text(args, "adapter-parent-wwnn");
    const char *parent_wwpn = alj_args_text(args, "adapter-parent-wwpn");
    bool by_port = !parent && parent_wwnn && parent_wwpn;
    const char *fabric = parent || by_port ? NULL : alj_args_text(args, "adapter-parent-fabric-wwn");
    if (wwnn && wwpn)
        alj_xml_empty(xml, "adapter", "type", "fc_host", "parent", parent, "parent_wwnn",
                      by_port ? parent_wwnn : NULL, "parent_wwpn", by_port ? parent_wwpn : NULL,
                      "parent_fabric_wwn", fabric, "wwnn", wwnn, "wwpn", wwpn, NULL);
    else if (name)
        alj_xml_empty(xml, "adapter", "type", "scsi_host", "name", name, NULL);
}

static void
append_auth(AljXml *xml, const AljArgs *args)
{
    const char *type = alj_args_text(args, "auth-type");
    const char *username = alj_args_text(args, "auth-username");
    const char *usage = alj_args_text(args, "secret-usage");
    const char *uuid = alj_args_text(args, "secret-uuid");
    if (!type || !username || (!usage && !uuid))
        return;
    alj_xml_open(xml, "auth", "type", type, "username", username, NULL);
    alj_xml_empty(xml, "secret", "usage", usage, "uuid", uuid, NULL);
    alj_xml_close(xml, "auth");
}

static bool
has_source(const AljArgs *args)
{
    static const char *const bringing[] = {
        "source-host",   "source-path", "source-dev",   "source-initiator",
        "source-format", "source-name", "adapter-name",
    };
    for (gsize i = 0; i < G_N_ELEMENTS(bringing); i++) {
        if (alj_args_has(args, bringing[i]))
            return true;
    }
    return alj_args_has(args, "adapter-wwnn") && alj_args_has(args, "adapter-wwpn");
}

static void
append_named(AljXml *xml, const AljArgs *args, const char *option, const char *element, const char *attribute)
{
    const char *value = alj_args_text(args, option);
    if (value)
        alj_xml_empty(xml, element, attribute, value, NULL);
}

static void
append_source(AljXml *xml, const AljArgs *args)
{
    alj_xml_open(xml, "source", NULL);
    append_named(xml, args, "source-host", "host", "name");
    append_named(xml, args, "source-path", "dir", "path");
    append_named(xml, args, "source-dev", "device", "path");
    if (alj_args_has(args, "source-initiator")) {
        alj_xml_open(xml, "initiator", NULL);
        append_named(xml, args, "source-initiator", "iqn", "name");
        alj_xml_close(xml, "initiator");
    }
    append_adapter(xml, args);
    append_auth(xml, args);
    append_named(xml, args, "source-format", "format", "type");
    alj_xml_leaf(xml, "name", alj_args_text(args, "source-name"));
    append_named(xml, args, "source-protocol-ver", "protocol", "ver");
    alj_xml_close(xml, "source");
}

char *
alj_pool_document(AljCli *cli, const AljArgs *args)
{
    AljXml xml;
    bool has_subvolumes = alj_args_has(args, "subvolumes");
    if (has_subvolumes && strcmp(alj_args_text(args, "type"), "dir") != 0) {
        alj_cli_fail(cli, "option --%s is for pools of type %s", "subvolumes", "dir");
        return NULL;
    }
    alj_xml_init(&xml);
    alj_xml_open(&xml, "pool", "type", alj_args_text(args, "type"), NULL);
    alj_xml_leaf(&xml, "name", alj_args_text(args, "name"));
    if (has_source(args))
        append_source(&xml, args);
    if (alj_args_has(args, "target")) {
        alj_xml_open(&xml, "target", NULL);
        alj_xml_leaf(&xml, "path", alj_args_text(args, "target"));
        alj_xml_close(&xml, "target");
    }
    if (has_subvolumes)
        alj_xml_empty(&xml, "aljibe:subvolumes", "xmlns:aljibe", "urn:aljibe:1", NULL);
    alj_xml_close(&xml, "pool");
    return alj_xml_steal(&xml);
}

unsigned
alj_pool_start_flags(const AljArgs *args)
{
    static const AljFlagRow rows[] = {
        { "build", ALJIBE_POOL_START_BUILD },
        { "overwrite", ALJIBE_POOL_START_OVERWRITE },
        { "no-overwrite", ALJIBE_POOL_START_NO_OVERWRITE },
        { 0 },
    };
    return alj_args_flags(args, rows);
}
