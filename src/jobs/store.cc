// SPDX-License-Identifier: Apache-2.0
#include "jobs/store.h"

namespace bobbin {

FixedNode directory_of(JobState state) noexcept {
  switch (state) {
    case JobState::pending: return FixedNode::pending;
    case JobState::active: return FixedNode::active;
    case JobState::failed: return FixedNode::failed;
    case JobState::complete: return FixedNode::complete;
  }
  return FixedNode::root;
}

}  // namespace bobbin
