// SPDX-License-Identifier: Apache-2.0
// Open files of the root: what is generated is rendered once, when it is opened; config.json takes
// a draft; events has its readers. The handle is the address of what is kept for it.
#pragma once

#include "mount/service.h"

namespace bobbin {

void open_fixed(Service& service, Request& request, FixedNode node, fuse_file_info& file);
void read_fixed(Service& service, Request& request, FixedNode node, const fuse_file_info& file,
                std::uint64_t offset, std::size_t size);
void write_config(Service& service, Request& request, const fuse_file_info& file,
                  std::uint64_t offset, std::string_view bytes);
void truncate_config(Service& service, Request& request, const fuse_file_info* file,
                     std::uint64_t size);
// What was written becomes the settings, or is refused. For close and for fsync.
void apply_config(Service& service, Request& request, const fuse_file_info& file);
void poll_events(Service& service, Request& request, const fuse_file_info& file,
                 fuse_pollhandle* poll);
void release_fixed(Service& service, FixedNode node, const fuse_file_info& file);

}  // namespace bobbin
