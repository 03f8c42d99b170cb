// SPDX-License-Identifier: Apache-2.0
// What every operation works with, and the guard around each of them.
#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <string>

#include "base/log.h"
#include "jobs/job_name.h"
#include "jobs/store.h"
#include "mount/notifier.h"
#include "mount/request.h"
#include "mount/submitters.h"

namespace bobbin {

struct Service {
  Store& store;
  const Log& log;
  Notifier& notifier;
  Submitters submitters = {};
  InFlight in_flight = {};
  WallTime started = now();

  std::mutex names_mutex = {};
  NameSource names = {};

  static WallTime now() noexcept {
    return std::chrono::floor<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  }

  // A name for a job that is not taken.
  std::string fresh_name();
  // The errno of a failure, which is logged: `what` was being done.
  int report(const std::exception_ptr& failure, const char* what) const noexcept;
  // The completion that answers with the errno of a failure, or else as `success` does. `what` is
  // waited for.
  Completion answering(
      Request request, const char* what,
      std::function<void(Request&)> success = [](Request& to) { to.error(0); });
};

// The body of a callback of libfuse: gets the Service and the Request. What it throws is answered.
template <typename Body>
void serve(fuse_req_t raw, const char* what, const Body& body) noexcept {
  auto& service = *static_cast<Service*>(fuse_req_userdata(raw));
  Request request(raw, service.in_flight);
  try {
    body(service, request);
  } catch (...) {
    request.error(service.report(std::current_exception(), what));
  }
}

}  // namespace bobbin
