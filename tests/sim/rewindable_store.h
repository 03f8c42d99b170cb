// SPDX-License-Identifier: Apache-2.0
// The Store of a simulation, which can lose what it was told since it was last persisted.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "jobs/store.h"
#include "store/memory_store.h"

namespace bobbin {

class RewindableStore {
 public:
  explicit RewindableStore(const Config& config) : config_(config) { rewind(); }

  const Store& operator*() const { return *store_; }
  const Store* operator->() const { return store_.get(); }

  // A change: done now, and again after a rewind unless it comes after the last persist().
  template <typename Change>
  auto apply(Change change) {
    changes_.push_back([change](Store& store) { change(store); });
    return change(*store_);
  }
  // What is claimed again after a rewind is nobody's.
  std::vector<Claim> claim(std::size_t limit, WallTime now) {
    changes_.push_back([=](Store& store) { store.claim(limit, now); });
    return store_->claim(limit, now);
  }
  void persist() { persisted_ = changes_.size(); }
  void rewind() {
    changes_.resize(persisted_);
    store_ = make_memory_store(config_, {}, nobody_, nothing_);
    for (const auto& change : changes_) change(*store_);
  }

 private:
  struct Nobody : ChangeObserver {
    void changed(const Change&) noexcept override {}
  };
  struct Nothing : WakeUp {
    void wake() noexcept override {}
  };

  Config config_;
  Nobody nobody_;
  Nothing nothing_;
  std::unique_ptr<Store> store_;
  std::vector<std::function<void(Store&)>> changes_;
  std::size_t persisted_ = 0;
};

}  // namespace bobbin
