/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The <adapter> of a scsi pool: a SCSI host by name or PCI address, or a fibre channel (virtual) host. Pure. */
#include "model/pool_xml.h"

#include "base/error.h"
#include "model/pool_rows.h"

#include <string.h>

static bool
read_number(const AljXmlNode *node, const char *path, unsigned *ret, GError **error)
{
    g_autofree char *text = NULL;
    guint64 value = 0;
    if (!alj_xml_read(node, path, &text, error))
        return false;
    if (text && !alj_xml_number(text, 0, UINT32_MAX, &value))
        return alj_xml_fail_value(error, node, path, text, " Expected non-negative integer value");
    *ret = (unsigned) value;
    return true;
}

static bool
parse_parent_address(const AljXmlNode *node, AljPoolAdapter *adapter, GError **error)
{
    const AljXmlNode *parent = NULL, *address = NULL;
    g_autofree char *unique = NULL;
    guint64 unique_id = 0;
    if (!alj_xml_find(node, "parentaddr", &parent, error))
        return false;
    if (!parent)
        return true;
    if (!alj_xml_find(parent, "address", &address, error))
        return false;
    if (!address)
        return alj_fail(error, ALJ_ERROR_XML, "Missing scsi_host PCI address element");
    if (!read_number(address, "@domain", &adapter->domain, error) || !read_number(address, "@bus", &adapter->bus, error) ||
        !read_number(address, "@slot", &adapter->slot, error) ||
        !read_number(address, "@function", &adapter->function, error))
        return false;
    if (adapter->bus > 0xff)
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_XML, "Invalid PCI address bus='0x%x', must be <= 0xFF",
                             adapter->bus);
    if (adapter->slot > 0x1f)
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_XML, "Invalid PCI address slot='0x%x', must be <= 0x1F",
                             adapter->slot);
    if (adapter->function > 7)
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_XML, "Invalid PCI address function=0x%x, must be <= 7",
                             adapter->function);
    if (!alj_xml_read(parent, "@unique_id", &unique, error))
        return false;
    if (!unique || !alj_xml_number(unique, 10, UINT32_MAX - 1, &unique_id))
        return alj_fail(error, ALJ_ERROR_XML, "Missing or invalid scsi adapter 'unique_id' value");
    adapter->unique_id = (unsigned) unique_id;
    adapter->has_parentaddr = true;
    return true;
}

/* A SCSI host has nothing of a virtual one. */
static void
drop_virtual(AljPoolAdapter *adapter)
{
    g_clear_pointer(&adapter->parent, g_free);
    g_clear_pointer(&adapter->parent_wwnn, g_free);
    g_clear_pointer(&adapter->parent_wwpn, g_free);
    g_clear_pointer(&adapter->parent_fabric_wwn, g_free);
    g_clear_pointer(&adapter->wwnn, g_free);
    g_clear_pointer(&adapter->wwpn, g_free);
    adapter->managed = -1;
}

/* Without a type only the oldest form is taken: a name alone. */
static bool
guess_type(const AljXmlNode *node, AljPoolAdapter *adapter, GError **error)
{
    if (adapter->wwnn || adapter->wwpn || adapter->parent)
        return alj_fail(error, ALJ_ERROR_XML,
                        "Use of 'wwnn', 'wwpn', and 'parent' attributes requires use of the adapter 'type'");
    if (alj_xml_first(node, NULL, "parentaddr"))
        return alj_fail(error, ALJ_ERROR_XML, "Use of 'parentaddr' element requires use of the adapter 'type'");
    if (adapter->name)
        adapter->type = g_strdup("scsi_host");
    drop_virtual(adapter);
    return true;
}

static bool
parse_scsi_host(const AljXmlNode *node, AljPoolAdapter *adapter, GError **error)
{
    drop_virtual(adapter);
    return parse_parent_address(node, adapter, error);
}

AljPoolAdapter *
alj_pool_adapter_parse(const AljXmlNode *node, GError **error)
{
    g_autoptr(AljPoolAdapter) adapter = g_new0(AljPoolAdapter, 1);
    bool is_good = true;
    alj_xml_rows_init(alj_pool_adapter_rows, adapter);
    if (!alj_xml_rows_parse(alj_pool_adapter_rows, node, adapter, error))
        return NULL;
    if (!adapter->type)
        is_good = guess_type(node, adapter, error);
    else if (!strcmp(adapter->type, "scsi_host"))
        is_good = parse_scsi_host(node, adapter, error);
    else if (!strcmp(adapter->type, "fc_host"))
        g_clear_pointer(&adapter->name, g_free);
    else
        is_good = alj_xml_fail_value(error, node, "@type", adapter->type, "");
    return is_good ? g_steal_pointer(&adapter) : NULL;
}

static bool
check_scsi_host(const AljPoolAdapter *adapter, GError **error)
{
    if (adapter->name && adapter->has_parentaddr)
        return alj_fail(error, ALJ_ERROR_XML, "Both 'name' and 'parent' cannot be specified for the 'scsi_host' adapter");
    return adapter->name || adapter->has_parentaddr ||
           alj_fail(error, ALJ_ERROR_XML, "Either 'name' or 'parent' must be specified for the 'scsi_host' adapter");
}

/* A world wide name: 16 hexadecimal digits, "0x" in front allowed. */
static bool
check_wwn(const char *wwn, GError **error)
{
    const char *digits = wwn && g_str_has_prefix(wwn, "0x") ? wwn + 2 : wwn;
    if (!wwn || (strlen(digits) == 16 && strspn(digits, "0123456789abcdefABCDEF") == 16))
        return true;
    return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_INTERNAL, "Malformed wwn: %s", wwn);
}

static bool
check_fc_host(const AljPoolAdapter *adapter, GError **error)
{
    if (!adapter->wwnn || !adapter->wwpn)
        return alj_fail(error, ALJ_ERROR_XML, "'wwnn' and 'wwpn' must be specified for adapter type 'fchost'");
    if (!check_wwn(adapter->wwnn, error) || !check_wwn(adapter->wwpn, error))
        return false;
    if (adapter->parent_wwnn && !adapter->parent_wwpn)
        return alj_fail(error, ALJ_ERROR_XML,
                        "when providing parent_wwnn='%s', the parent_wwpn must also be provided", adapter->parent_wwnn);
    if (!adapter->parent_wwnn && adapter->parent_wwpn)
        return alj_fail(error, ALJ_ERROR_XML,
                        "when providing parent_wwpn='%s', the parent_wwnn must also be provided", adapter->parent_wwpn);
    return check_wwn(adapter->parent_wwnn, error) && check_wwn(adapter->parent_wwpn, error) &&
           check_wwn(adapter->parent_fabric_wwn, error);
}

bool
alj_pool_adapter_check(const AljPoolAdapter *adapter, GError **error)
{
    if (!adapter || !adapter->type)
        return alj_fail(error, ALJ_ERROR_XML, "missing storage pool source adapter");
    return strcmp(adapter->type, "fc_host") != 0 ? check_scsi_host(adapter, error) : check_fc_host(adapter, error);
}

void
alj_pool_adapter_format(const AljPoolAdapter *adapter, AljXmlOut *out)
{
    alj_xml_out_open(out, "adapter");
    alj_xml_rows_format(alj_pool_adapter_rows, adapter, out);
    if (adapter->has_parentaddr) {
        alj_xml_out_open(out, "parentaddr");
        alj_xml_out_attrf(out, "unique_id", "%u", adapter->unique_id);
        alj_xml_out_open(out, "address");
        alj_xml_out_attrf(out, "domain", "0x%04x", adapter->domain);
        alj_xml_out_attrf(out, "bus", "0x%02x", adapter->bus);
        alj_xml_out_attrf(out, "slot", "0x%02x", adapter->slot);
        alj_xml_out_attrf(out, "function", "0x%x", adapter->function);
        alj_xml_out_close(out);
        alj_xml_out_close(out);
    }
    alj_xml_out_close(out);
}
