// SPDX-License-Identifier: Apache-2.0
// The queue as a mounted directory (FUSE). Requests become calls of the Store; nothing here knows
// how jobs run. filed(5) describes what users see.
//
// Threads: run() serves with several; they never start processes, never wait for a job and hold no
// lock across an answer. stop() may be called from anywhere but those, a signal-waiting thread
// included. The answer to a request may come from a thread of the Store.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "jobs/store.h"
#include "mount/event_log.h"

namespace bobbin {

struct MountOptions {
  std::string mountpoint;
  bool allow_other = false;
  unsigned threads = 4;
  bool saving_waits = true;  // false: the Store saves behind our back (SyncMode::lazy)
};

class Mount {
 public:
  // Mounts. Throws Error (invalid: not an empty directory; denied; not_found; io) with what to do.
  // `events` observes `store`; all outlive the Mount.
  Mount(Store& store, EventLog& events, const MountOptions& options, const Log& log);
  ~Mount();  // unmounts, if it is still mounted
  Mount(const Mount&) = delete;
  Mount& operator=(const Mount&) = delete;

  // Serves until stop() or until somebody unmounts it; then every request that was taken has been
  // answered. Once only.
  void run();
  void stop() noexcept;

 private:
  struct Session;
  std::unique_ptr<Session> session_;
};

// A mount at this path whose server is dead (ENOTCONN) is taken away. True if there was one. Who is
// not root needs `fusermount`, which runs `fusermount3 -u -z -- MOUNTPOINT` and says whether it
// succeeded: no process is started here.
bool clear_dead_mount(const std::string& mountpoint,
                      const std::function<bool(const std::string&)>& fusermount);

}  // namespace bobbin
