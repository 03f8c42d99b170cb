// SPDX-License-Identifier: Apache-2.0
// All jobs, in every order somebody asks for. It keeps the orders right and knows no rules, no lock
// and no disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "store/job_entry.h"
#include "store/ordered_index.h"

namespace bobbin {

class JobTable {
  struct ByNumber {
    static JobNumber key(JobNumber number) { return number; }
    template <typename Pointer>
    static JobNumber key(const Pointer& entry) {
      return entry->number;
    }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return key(a) < key(b);
    }
  };
  struct ByName {
    static std::string_view key(std::string_view name) { return name; }
    static std::string_view key(const Entry* entry) { return entry->name; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return key(a) < key(b);
    }
  };
  struct ByDueTime {
    bool operator()(const Entry* a, const Entry* b) const;
    bool operator()(WallTime a, const Entry* b) const { return a < waits_since(*b); }
    bool operator()(const Entry* a, WallTime b) const { return waits_since(*a) < b; }
  };
  struct ByRank {
    bool operator()(const Entry* a, const Entry* b) const;
  };
  struct ByChangeTime {
    bool operator()(const Entry* a, const Entry* b) const;
  };

 public:
  using Listing = OrderedIndex<Entry*, ByNumber>;

  Entry* find(JobNumber number) const;
  Entry* find(std::string_view name) const;
  const Listing& in(JobState state) const { return by_state_[static_cast<std::size_t>(state)]; }

  // Number and name are not in use.
  Entry& add(std::unique_ptr<Entry> entry);
  void remove(Entry& entry);
  void rename(Entry& entry, const std::string& name);
  // Any other change, by change(): but not of number and name.
  template <typename Change>
  void edit(Entry& entry, Change change) {
    const JobState before = entry.state;
    take_out(entry);
    change();
    if (entry.state != before) {
      by_state_[static_cast<std::size_t>(before)].erase(&entry);
      by_state_[static_cast<std::size_t>(entry.state)].insert(&entry);
    }
    put_in(entry);
  }

  // With an attempt that runs or is being ended.
  const Listing& running() const { return running_; }
  std::size_t waiting() const { return by_due_time_.size(); }
  // The one that has been, or will be, due first.
  Entry* first_waiting() const;
  // The one to start now.
  Entry* best_due(WallTime now);
  // In failed/ or complete/, unchanged for the longest time.
  Entry* first_ended(JobState state) const;

 private:
  void take_out(Entry& entry);
  void put_in(Entry& entry);
  void bring_due(WallTime now);
  OrderedIndex<Entry*, ByChangeTime>& ended(JobState state) {
    return state == JobState::failed ? failed_ : complete_;
  }

  OrderedIndex<std::unique_ptr<Entry>, ByNumber> by_number_;
  OrderedIndex<Entry*, ByName> by_name_;
  Listing by_state_[4];
  Listing running_;
  OrderedIndex<Entry*, ByDueTime> by_due_time_;  // all that wait, due or not
  OrderedIndex<Entry*, ByRank> ready_;           // of these, what was due at due_until_
  WallTime due_until_{};
  OrderedIndex<Entry*, ByChangeTime> failed_;
  OrderedIndex<Entry*, ByChangeTime> complete_;
};

}  // namespace bobbin
