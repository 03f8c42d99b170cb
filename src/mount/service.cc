// SPDX-License-Identifier: Apache-2.0
#include "mount/service.h"

#include <sys/random.h>

#include <cerrno>

#include "base/fail.h"
#include "mount/verdict_errno.h"

namespace bobbin {

std::string Service::fresh_name() {
  for (;;) {
    std::uint32_t random = 0;
    if (::getrandom(&random, sizeof random, 0) != sizeof random)
      fail_errno(errno, "cannot get random numbers");
    const std::string name = [&] {
      const std::lock_guard lock(names_mutex);
      return names.next(now(), random);
    }();
    if (!store.find_named(name)) return name;
  }
}

int Service::report(const std::exception_ptr& failure, const char* what) const noexcept {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    log.error("{} failed: {}", what, error.what());
  } catch (...) {
    log.error("{} failed", what);
  }
  return errno_of(failure);
}

Completion Service::answering(Request request, const char* what,
                              std::function<void(Request&)> success) {
  return [this, what, success = std::move(success),
          later = std::make_shared<Request>(std::move(request))](std::exception_ptr failure) {
    try {
      if (failure == nullptr) return success(*later);
    } catch (...) {
      failure = std::current_exception();
    }
    later->error(report(failure, what));
  };
}

}  // namespace bobbin
