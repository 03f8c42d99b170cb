// SPDX-License-Identifier: Apache-2.0
// Who waits for the next line of MOUNT/events: reads that are parked until there is one, and
// poll(2)s. No thread waits with them.
//
// Threads: any. Locks: this one's, then the EventLog's or the session's, never the other way round.
#pragma once

#include <atomic>
#include <list>
#include <mutex>

#include "mount/event_log.h"
#include "mount/request.h"

namespace bobbin {

class EventWaiters {
 public:
  // `wake` makes the notifier call answer().
  EventWaiters(EventLog& log, WakeUp& wake) : log_(log), wake_(wake) {}

  struct Handle {  // of one open file
    EventLog::Reader reader;
    fuse_pollhandle* poll = nullptr;  // owned; waits for more

    void watch(fuse_pollhandle* other) noexcept;
  };
  Handle* open();
  void close(Handle* handle) noexcept;
  bool anybody() const noexcept { return open_ > 0; }

  void read(Request request, Handle& handle, std::size_t size, bool may_wait);
  void poll(Request request, Handle& handle, fuse_pollhandle* poll);

  // Answers and wakes those for whom there is something, or who were interrupted.
  void answer();
  // From now on every read finds the end of the file.
  void end();

 private:
  struct Parked {
    Request request;
    Handle* handle;
    std::size_t size;
    bool interrupted = false;
  };
  static void on_interrupt(fuse_req_t request, void* self);
  void interrupted(fuse_req_t request);

  EventLog& log_;
  WakeUp& wake_;
  std::atomic<std::size_t> open_{0};
  std::mutex mutex_;
  std::list<Handle> handles_;
  std::list<Parked> parked_;
  bool ended_ = false;
};

}  // namespace bobbin
