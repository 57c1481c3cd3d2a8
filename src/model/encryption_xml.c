/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The <encryption> of a volume: how it is encrypted and which secret opens it, never the secret itself. Pure. */
#include "model/volume_xml.h"

#include "base/error.h"

#include <string.h>

const AljXmlRow alj_cipher_rows[] = {
    ALJ_XML(TEXT, AljEncryption, cipher_name, "@name"),
    ALJ_XML(NUMBER, AljEncryption, cipher_bits, "@size", .max = 65536, .hint = " Expected non-negative integer value"),
    ALJ_XML(TEXT, AljEncryption, cipher_mode, "@mode"),
    ALJ_XML(TEXT, AljEncryption, cipher_hash, "@hash"),
    { 0 },
};

const AljXmlRow alj_ivgen_rows[] = {
    ALJ_XML(TEXT, AljEncryption, ivgen_name, "@name"),
    ALJ_XML(TEXT, AljEncryption, ivgen_hash, "@hash"),
    { 0 },
};

static const char *const format_names[] = {
    [ALJ_ENCRYPTION_DEFAULT] = "default",
    [ALJ_ENCRYPTION_QCOW] = "qcow",
    [ALJ_ENCRYPTION_LUKS] = "luks",
    [ALJ_ENCRYPTION_LUKS2] = "luks2",
};

static const char *const engine_names[] = { "qemu", "librbd", NULL };

static bool
parse_engine(const AljXmlNode *node, AljEncryption *encryption, GError **error)
{
    g_autofree char *name = NULL;
    if (!alj_xml_read(node, "@engine", &name, error))
        return false;
    for (const char *const *known = engine_names; name && *known; known++) {
        if (!strcmp(*known, name))
            encryption->engine = *known;
    }
    return !name || encryption->engine || alj_xml_fail_value(error, node, "@engine", name, "");
}

static bool
parse_format(const AljXmlNode *node, AljEncryption *encryption, GError **error)
{
    g_autofree char *name = NULL;
    if (!alj_xml_read(node, "@format", &name, error))
        return false;
    if (!name || !*name)
        return alj_fail(error, ALJ_ERROR_XML, "unknown volume encryption format");
    for (gsize i = 0; i < G_N_ELEMENTS(format_names); i++) {
        if (!strcmp(format_names[i], name)) {
            encryption->format = (AljEncryptionFormat) i;
            return true;
        }
    }
    return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "unknown volume encryption format type %s", name);
}

static bool
parse_secret(const AljXmlNode *node, AljEncryption *encryption, GError **error)
{
    g_autofree char *type = NULL, *uuid = NULL, *usage = NULL;
    if (!alj_xml_read(node, "@type", &type, error) || !alj_xml_read(node, "@uuid", &uuid, error) ||
        !alj_xml_read(node, "@usage", &usage, error))
        return false;
    if (!type)
        return alj_fail(error, ALJ_ERROR_XML, "unknown volume encryption secret type");
    if (strcmp(type, "passphrase") != 0)
        return alj_fail(error, ALJ_ERROR_CONFIG_UNSUPPORTED, "unknown volume encryption secret type %s", type);
    if (!uuid && !usage)
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_XML, "missing secret uuid or usage attribute");
    if (uuid && usage)
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_XML, "either secret uuid or usage expected");
    if (uuid && !alj_uuid_parse(uuid, &encryption->secret_uuid))
        return alj_fail_area(error, ALJ_AREA_NONE, ALJ_ERROR_XML, "invalid secret uuid '%s'", uuid);
    encryption->has_secret = true;
    encryption->has_secret_uuid = uuid != NULL;
    encryption->secret_usage = g_steal_pointer(&usage);
    return true;
}

static bool
parse_cipher(const AljXmlNode *node, AljEncryption *encryption, GError **error)
{
    const AljXmlNode *cipher = NULL, *ivgen = NULL;
    if (!alj_xml_find(node, "cipher", &cipher, error) || !alj_xml_find(node, "ivgen", &ivgen, error))
        return false;
    if (cipher && !alj_xml_rows_parse(alj_cipher_rows, cipher, encryption, error))
        return false;
    if (cipher && !encryption->cipher_name)
        return alj_fail(error, ALJ_ERROR_XML, "cipher info missing 'name' attribute");
    if (cipher && !encryption->cipher_bits)
        return alj_fail_area(error, ALJ_AREA_XML, ALJ_ERROR_XML,
                             "Missing required attribute 'size' in element 'cipher'");
    if (ivgen && !cipher)
        return alj_fail(error, ALJ_ERROR_XML, "ivgen element found, but cipher is missing");
    if (ivgen && !alj_xml_rows_parse(alj_ivgen_rows, ivgen, encryption, error))
        return false;
    if (ivgen && !encryption->ivgen_name)
        return alj_fail(error, ALJ_ERROR_XML, "missing ivgen info name string");
    return true;
}

AljEncryption *
alj_encryption_parse(const AljXmlNode *node, GError **error)
{
    g_autoptr(AljEncryption) encryption = g_new0(AljEncryption, 1);
    const AljXmlNode *secret = alj_xml_first(node, NULL, "secret");
    if (!parse_format(node, encryption, error) || !parse_engine(node, encryption, error))
        return NULL;
    if (secret && alj_xml_next(secret)) { /* two are as good as none */
        (void) alj_encryption_need_secret(encryption, error);
        return NULL;
    }
    if (secret && !parse_secret(secret, encryption, error))
        return NULL;
    return parse_cipher(node, encryption, error) ? g_steal_pointer(&encryption) : NULL;
}

void
alj_encryption_format(const AljEncryption *encryption, AljXmlOut *out)
{
    char uuid[ALJ_UUID_TEXT_SIZE];
    alj_xml_out_open(out, "encryption");
    alj_xml_out_attr(out, "format", format_names[encryption->format]);
    alj_xml_out_attr(out, "engine", encryption->engine);
    alj_xml_out_body(out);
    if (encryption->has_secret) {
        alj_xml_out_open(out, "secret");
        alj_xml_out_attr(out, "type", "passphrase");
        if (encryption->has_secret_uuid)
            alj_xml_out_attr(out, "uuid", alj_uuid_format(&encryption->secret_uuid, uuid));
        alj_xml_out_attr(out, "usage", encryption->secret_usage);
        alj_xml_out_close(out);
    }
    if (encryption->cipher_bits) {
        alj_xml_out_open(out, "cipher");
        alj_xml_rows_format(alj_cipher_rows, encryption, out);
        alj_xml_out_close(out);
    }
    if (encryption->ivgen_name) {
        alj_xml_out_open(out, "ivgen");
        alj_xml_rows_format(alj_ivgen_rows, encryption, out);
        alj_xml_out_close(out);
    }
    alj_xml_out_close(out);
}
