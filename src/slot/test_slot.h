// SPDX-License-Identifier: Apache-2.0
// For the tests of this layer: a real slot in a directory of its own, and jobs that say through
// named pipes how far they are, so that no test has to sleep.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "base/test_directory.h"
#include "slot/orphan_slots.h"
#include "slot/slot_process.h"

namespace bobbin {

inline bool is_readable(int fd, int limit_ms = 20'000) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, limit_ms) == 1;
}

inline bool exists(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

#ifndef FILED_SLOT
#define FILED_SLOT "filed-slot"  // where it is built, the build says
#endif

class SlotTest : public testing::Test {
 protected:
  SlotTest() {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::mkdir(path("slots").c_str(), 0700);
    ::mkdir(path("work").c_str(), 0777);
    setup_.program = FILED_SLOT;
    setup_.slots_directory = path("slots");
    setup_.environment.set("PATH", "/usr/local/bin:/usr/bin:/bin");
    setup_.queue = "/the/mount";
    setup_.directory = path("work");
  }

  std::string path(const std::string& name) const { return directory_.path(name); }

  SlotProcess start_slot() { return SlotProcess(setup_, next_id_++); }

  static SlotJob job(std::string content) {
    SlotJob job;
    job.number = JobNumber{7};
    job.attempt = 3;
    job.name = "a job";
    job.uid = ::geteuid();
    job.gid = ::getegid();
    job.content = std::move(content);
    job.grace = std::chrono::seconds(10);
    return job;
  }

  static SlotEvent next_event(SlotProcess& slot) {
    for (;;) {
      if (auto event = slot.receive()) return std::move(*event);
      if (!is_readable(slot.fd())) {
        ADD_FAILURE() << "the slot says nothing";
        return SlotDied{};
      }
    }
  }
  static SlotStarted await_start(SlotProcess& slot) {
    const SlotEvent event = next_event(slot);
    const auto* started = std::get_if<SlotStarted>(&event);
    EXPECT_NE(started, nullptr);
    return started != nullptr ? *started : SlotStarted{};
  }
  static SlotEnded await_end(SlotProcess& slot) {
    for (;;) {
      SlotEvent event = next_event(slot);
      if (auto* ended = std::get_if<SlotEnded>(&event)) return std::move(*ended);
      if (std::holds_alternative<SlotDied>(event)) {
        ADD_FAILURE() << "the slot died";
        return {};
      }
    }
  }
  static SlotDied await_death(SlotProcess& slot) {
    for (;;) {
      SlotEvent event = next_event(slot);
      if (auto* died = std::get_if<SlotDied>(&event)) return std::move(*died);
    }
  }

  // Runs one job to its end in a slot of its own.
  SlotEnded run(SlotJob job) {
    SlotProcess slot = start_slot();
    slot.run(std::move(job));
    SlotEnded ended = await_end(slot);
    if (!ended.log_path.empty()) log_ = directory_.read(ended.log_path.substr(path("").size()));
    slot.recorded(slot.last_sequence());
    return ended;
  }
  SlotEnded run(const std::string& content) { return run(job(content)); }

  // A pipe that a job opens by name; its end of file says that nobody of the job has it any more.
  std::string make_pipe(const std::string& name) {
    EXPECT_EQ(::mkfifo(path(name).c_str(), 0666), 0);
    return path(name);
  }
  Fd open_pipe(const std::string& name) const {
    return Fd(::open(path(name).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  }
  // The next line from it, or what there is at its end.
  static std::string line_from(const Fd& pipe) {
    std::string line;
    for (char byte = 0; is_readable(pipe.get());) {
      if (::read(pipe.get(), &byte, 1) != 1 || byte == '\n') break;
      line += byte;
    }
    return line;
  }
  static bool is_deserted(const Fd& pipe) {
    char bytes[256];
    while (is_readable(pipe.get())) {
      if (::read(pipe.get(), bytes, sizeof bytes) == 0) return true;
    }
    return false;
  }

  TestDirectory directory_;
  SlotSetup setup_;
  unsigned next_id_ = 1;
  std::string log_;  // of the last job that left it in the capture file
};

}  // namespace bobbin
