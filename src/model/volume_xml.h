/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Parts of the volume document that have files of their own. Private to model/. */
#pragma once

#include "model/volume.h"
#include "model/xml_rows.h"

/** alj_cipher_rows, alj_ivgen_rows: attributes of <cipher> and <ivgen>, members of AljEncryption. */
extern const AljXmlRow alj_cipher_rows[];
extern const AljXmlRow alj_ivgen_rows[];

/** alj_encryption_parse: @node is the <encryption>. Returns: NULL with an error. */
AljEncryption *alj_encryption_parse(const AljXmlNode *node, GError **error);
void alj_encryption_format(const AljEncryption *encryption, AljXmlOut *out);
