/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The <permissions> element of pools, volumes and backing stores. Pure. */
#include "model/pool_xml.h"

#include "base/error.h"
#include "model/xml_rows.h"

#include <string.h>

static bool
parse_mode(const char *text, AljPermissions *permissions, GError **error)
{
    guint64 mode = 0;
    permissions->has_mode = *text != '\0'; /* an empty element says nothing, unlike an empty owner */
    if (permissions->has_mode && !alj_xml_number(text, 8, 0777, &mode))
        return alj_fail(error, ALJ_ERROR_XML, "malformed octal mode");
    permissions->mode = (unsigned) mode;
    return true;
}

/* -1, the C library's "no user", is how documents write "leave it as it is"; 4294967295 is the same number. */
static bool
parse_id(const char *text, const char *what, bool *ret_has, uint32_t *ret_id, GError **error)
{
    guint64 id = 0;
    *ret_has = strcmp(text, "-1") != 0;
    if (*ret_has && !alj_xml_number(text, 10, UINT32_MAX, &id))
        return alj_fail(error, ALJ_ERROR_XML, "malformed %s element", what);
    *ret_has = *ret_has && id != UINT32_MAX;
    *ret_id = *ret_has ? (uint32_t) id : 0;
    return true;
}

bool
alj_permissions_parse(const AljXmlNode *parent, AljPermissions *permissions, GError **error)
{
    g_autofree char *mode = NULL, *owner = NULL, *group = NULL, *label = NULL;
    if (!alj_xml_read(parent, "permissions/mode", &mode, error) ||
        !alj_xml_read(parent, "permissions/owner", &owner, error) ||
        !alj_xml_read(parent, "permissions/group", &group, error) ||
        !alj_xml_read(parent, "permissions/label", &label, error))
        return false;
    if (label && *label)
        permissions->label = g_steal_pointer(&label);
    return (!mode || parse_mode(mode, permissions, error)) &&
           (!owner || parse_id(owner, "owner", &permissions->has_owner, &permissions->owner, error)) &&
           (!group || parse_id(group, "group", &permissions->has_group, &permissions->group, error));
}

void
alj_permissions_format(const AljPermissions *permissions, AljXmlOut *out)
{
    if (!permissions->has_mode && !permissions->has_owner && !permissions->has_group && !permissions->label)
        return;
    alj_xml_out_open(out, "permissions");
    if (permissions->has_mode)
        alj_xml_out_leaff(out, "mode", "0%o", permissions->mode);
    if (permissions->has_owner)
        alj_xml_out_leaff(out, "owner", "%u", permissions->owner);
    if (permissions->has_group)
        alj_xml_out_leaff(out, "group", "%u", permissions->group);
    alj_xml_out_leaf(out, "label", permissions->label);
    alj_xml_out_close(out);
}
