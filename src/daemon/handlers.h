/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All handlers: one per implemented procedure, named after it. They run on the loop thread; see request.h for the rules. */
#pragma once

#include "daemon/request.h"

#define ALJ_HANDLER(procedure)                                                                               \
    AljOutcome alj_handle_##procedure(AljRequest *request, const void *data, void *out, GError **error)

/* handle_conn.c: the connection itself */
ALJ_HANDLER(auth_list);
ALJ_HANDLER(auth_polkit);
ALJ_HANDLER(connect_open);
ALJ_HANDLER(connect_close);
ALJ_HANDLER(connect_supports_feature);
ALJ_HANDLER(connect_get_uri);
ALJ_HANDLER(connect_set_identity);
ALJ_HANDLER(event_register);
ALJ_HANDLER(event_deregister);
ALJ_HANDLER(nothing); /* accepted and without effect */

/* handle_host.c: facts about this host and this program */
ALJ_HANDLER(connect_get_type);
ALJ_HANDLER(connect_get_version);
ALJ_HANDLER(connect_get_lib_version);
ALJ_HANDLER(connect_get_hostname);
ALJ_HANDLER(connect_is_secure);
ALJ_HANDLER(connect_get_capabilities);
ALJ_HANDLER(connect_get_storage_pool_capabilities);
ALJ_HANDLER(node_get_info);
ALJ_HANDLER(node_get_memory_stats);
ALJ_HANDLER(empty); /* lists and numbers of what a storage daemon has none of */

/* handle_list.c: lists of pools and volumes */
ALJ_HANDLER(list_all_pools);
ALJ_HANDLER(list_all_volumes);
ALJ_HANDLER(num_of_pools);
ALJ_HANDLER(list_pools);
ALJ_HANDLER(num_of_defined_pools);
ALJ_HANDLER(list_defined_pools);
ALJ_HANDLER(num_of_volumes);
ALJ_HANDLER(list_volumes);

/* handle_pool.c */
ALJ_HANDLER(pool_lookup_by_name);
ALJ_HANDLER(pool_lookup_by_uuid);
ALJ_HANDLER(pool_lookup_by_volume);
ALJ_HANDLER(pool_lookup_by_target_path);
ALJ_HANDLER(pool_get_info);
ALJ_HANDLER(pool_get_xml);
ALJ_HANDLER(pool_get_autostart);
ALJ_HANDLER(pool_is_active);
ALJ_HANDLER(pool_is_persistent);
ALJ_HANDLER(pool_define);
ALJ_HANDLER(pool_create_xml);
ALJ_HANDLER(pool_start);
ALJ_HANDLER(pool_build);
ALJ_HANDLER(pool_stop);
ALJ_HANDLER(pool_delete);
ALJ_HANDLER(pool_undefine);
ALJ_HANDLER(pool_refresh);
ALJ_HANDLER(pool_set_autostart);
ALJ_HANDLER(find_sources);

/* handle_secret.c */
ALJ_HANDLER(num_of_secrets);
ALJ_HANDLER(list_secrets);
ALJ_HANDLER(list_all_secrets);
ALJ_HANDLER(secret_lookup_by_uuid);
ALJ_HANDLER(secret_lookup_by_usage);
ALJ_HANDLER(secret_get_xml);
ALJ_HANDLER(secret_get_value);
ALJ_HANDLER(secret_define);
ALJ_HANDLER(secret_set_value);
ALJ_HANDLER(secret_undefine);
ALJ_HANDLER(secret_event_register);
ALJ_HANDLER(secret_event_deregister);

/* handle_vol.c */
ALJ_HANDLER(vol_lookup_by_name);
ALJ_HANDLER(vol_lookup_by_key);
ALJ_HANDLER(vol_lookup_by_path);
ALJ_HANDLER(vol_get_path);
ALJ_HANDLER(vol_get_info);
ALJ_HANDLER(vol_get_info_flags);
ALJ_HANDLER(vol_get_xml);
ALJ_HANDLER(vol_create);
ALJ_HANDLER(vol_copy);
ALJ_HANDLER(vol_delete);
ALJ_HANDLER(vol_resize);
ALJ_HANDLER(vol_wipe);
ALJ_HANDLER(vol_wipe_pattern);
ALJ_HANDLER(vol_upload);
ALJ_HANDLER(vol_download);
