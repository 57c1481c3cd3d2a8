/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pool-capabilities document, computed from the table of pool types. Pure; any thread. */
#include "model/source.h"

#include "model/xml_out.h"

static void
format_default(const char *format, AljXmlOut *out)
{
    alj_xml_out_open(out, "defaultFormat");
    alj_xml_out_attr(out, "type", format);
    alj_xml_out_close(out);
}

static void
format_pool_options(const AljPoolTypeInfo *info, AljXmlOut *out)
{
    alj_xml_out_open(out, "poolOptions");
    format_default(info->default_pool_format, out);
    alj_xml_out_open(out, "enum");
    alj_xml_out_attr(out, "name", "sourceFormatType");
    for (const char *const *format = info->pool_formats; *format; format++)
        alj_xml_out_leaf(out, "value", *format);
    alj_xml_out_close(out);
    alj_xml_out_close(out);
}

static void
format_vol_options(const AljPoolTypeInfo *info, AljXmlOut *out)
{
    alj_xml_out_open(out, "volOptions");
    format_default(alj_vol_format_name(info->default_vol_format), out);
    alj_xml_out_open(out, "enum");
    alj_xml_out_attr(out, "name", "targetFormatType");
    alj_xml_out_body(out);
    for (const AljVolFormat *format = info->vol_formats; !info->is_raw_only && *format != ALJ_N_FORMATS; format++)
        alj_xml_out_leaf(out, "value", alj_vol_format_name(*format));
    alj_xml_out_close(out);
    alj_xml_out_close(out);
}

char *
alj_pool_capabilities_format(const bool supported[static ALJ_N_POOL_TYPES])
{
    AljXmlOut out;
    alj_xml_out_init(&out, 0);
    alj_xml_out_open(&out, "storagepoolCapabilities");
    for (int type = 0; type < ALJ_N_POOL_TYPES; type++) {
        const AljPoolTypeInfo *info = alj_pool_type_info((AljPoolType) type);
        alj_xml_out_open(&out, "pool");
        alj_xml_out_attr(&out, "type", info->name);
        alj_xml_out_attr(&out, "supported", supported[type] ? "yes" : "no");
        alj_xml_out_body(&out);
        if (info->pool_formats)
            format_pool_options(info, &out);
        if (info->vol_formats)
            format_vol_options(info, &out);
        alj_xml_out_close(&out);
    }
    alj_xml_out_close(&out);
    return alj_xml_out_end(&out);
}
