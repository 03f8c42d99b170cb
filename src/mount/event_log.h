// SPDX-License-Identifier: Apache-2.0
// The last changes of the queue, which MOUNT/events shows as lines of JSON. Each reader has a place
// of its own, from the moment it opened the file; one that is too slow is told how many lines it
// missed. Kept while somebody reads, made into text when it is read.
//
// Threads: any. changed() is called with the Store's lock held and takes this one's inside it.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>

#include "jobs/change.h"

namespace bobbin {

// {"time":"2026-11-22T09:12:44.123Z","job":"NAME","from":"pending","to":"active","attempt":1} and
// a newline; "from" is null for a new job, "to" for one that is gone; "end" (the name of an
// EndKind) and "value" where an attempt ended. NAME is JSON text: bytes that are not UTF-8 are
// shown as U+FFFD.
std::string event_line(const Change& change);

class EventLog : public ChangeObserver {
 public:
  explicit EventLog(std::size_t keep = 4096) : keep_(keep) {}

  void changed(const Change& change) noexcept override;
  // Who is told of every change after it was noted here; nullptr: nobody. Once this returns, the
  // one before is not told of anything more.
  void forward_to(ChangeObserver* next) noexcept;

  struct Reader {
    std::uint64_t position = 0;  // the change that comes next
    std::string rest;            // of a line that did not fit
  };
  Reader open();
  void close() noexcept;

  // As many whole lines as fit into `size`, or the beginning of one that does not. "" if there is
  // nothing new.
  std::string read(Reader& reader, std::size_t size);
  bool has_more(const Reader& reader) const;

 private:
  std::string next_text(Reader& reader);

  const std::size_t keep_;
  mutable std::mutex mutex_;
  std::deque<Change> changes_;
  std::uint64_t first_ = 0;  // number of changes_.front()
  std::size_t readers_ = 0;
  ChangeObserver* next_ = nullptr;
};

}  // namespace bobbin
