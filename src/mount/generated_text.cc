// SPDX-License-Identifier: Apache-2.0
#include "mount/generated_text.h"

#include "mount/metrics_text.h"
#include "mount/status_text.h"

namespace bobbin {
namespace {

constexpr std::size_t kMaxRunningShown = 1000;
constexpr std::uint64_t kNewIdSize = 15;  // 14 characters and a newline

QueueView look_at(Service& service) {
  QueueView view;
  view.now = service.now();
  view.started = service.started;
  view.counts = service.store.counts(view.now);
  view.config = service.store.config();
  return view;
}

}  // namespace

std::string generated_text(Service& service, FixedNode node) {
  switch (node) {
    case FixedNode::config: return render_config(service.store.config());
    case FixedNode::new_id: return service.fresh_name() + '\n';
    case FixedNode::metrics: return metrics_text(look_at(service));
    case FixedNode::status: {
      QueueView view = look_at(service);
      view.next_start = service.store.next_due();
      view.running = service.store.list(JobState::active, JobNumber{0}, kMaxRunningShown);
      return status_text(view);
    }
    default: return {};
  }
}

std::uint64_t size_of_generated(Service& service, FixedNode node) {
  return node == FixedNode::new_id ? kNewIdSize : generated_text(service, node).size();
}

}  // namespace bobbin
