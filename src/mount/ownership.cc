// SPDX-License-Identifier: Apache-2.0
#include "mount/ownership.h"

#include <algorithm>

namespace bobbin {

bool may_change_owner(const Caller& caller, uid_t owner, gid_t group,
                      const AttributeChange& change) noexcept {
  if (caller.uid == 0) return true;
  if (change.uid.value_or(owner) != owner) return false;
  if (change.gid.value_or(group) == group) return true;
  return caller.uid == owner &&
         (*change.gid == caller.gid || std::find(caller.groups.begin(), caller.groups.end(),
                                                 *change.gid) != caller.groups.end());
}

}  // namespace bobbin
