// SPDX-License-Identifier: Apache-2.0
// Who may give files away: root anything; an owner his own to a group of his. The kernel decides
// the rest (default_permissions), and most of this, too.
#pragma once

#include <sys/types.h>

#include <span>

#include "jobs/store.h"

namespace bobbin {

struct Caller {
  uid_t uid = 0;
  gid_t gid = 0;
  std::span<const gid_t> groups;  // supplementary ones
};

bool may_change_owner(const Caller& caller, uid_t owner, gid_t group,
                      const AttributeChange& change) noexcept;

}  // namespace bobbin
