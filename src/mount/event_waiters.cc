// SPDX-License-Identifier: Apache-2.0
#include "mount/event_waiters.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace bobbin {

void EventWaiters::Handle::watch(fuse_pollhandle* other) noexcept {
  if (poll != nullptr) fuse_pollhandle_destroy(poll);
  poll = other;
}

EventWaiters::Handle* EventWaiters::open() {
  const std::lock_guard lock(mutex_);
  Handle& handle = handles_.emplace_back();
  handle.reader = log_.open();
  ++open_;
  return &handle;
}

void EventWaiters::close(Handle* handle) noexcept {
  const std::lock_guard lock(mutex_);
  handle->watch(nullptr);
  handles_.remove_if([&](const Handle& other) { return &other == handle; });
  log_.close();
  --open_;
}

void EventWaiters::read(Request request, Handle& handle, std::size_t size, bool may_wait) {
  // libfuse holds the request's lock around on_interrupt and here: outside of ours, then.
  const fuse_req_t raw = request.raw();
  if (may_wait) fuse_req_interrupt_func(raw, on_interrupt, this);
  const std::lock_guard lock(mutex_);
  const std::string lines = log_.read(handle.reader, size);
  if (!lines.empty() || ended_) return request.data(lines);
  if (!may_wait) return request.error(EAGAIN);
  if (fuse_req_interrupted(raw) != 0) return request.error(EINTR);
  parked_.push_back({std::move(request), &handle, size});
}

void EventWaiters::poll(Request request, Handle& handle, fuse_pollhandle* poll) {
  const std::lock_guard lock(mutex_);
  if (poll != nullptr) handle.watch(poll);
  request.polled(ended_ || log_.has_more(handle.reader) ? POLLIN | POLLRDNORM : 0);
}

void EventWaiters::on_interrupt(fuse_req_t request, void* self) {
  static_cast<EventWaiters*>(self)->interrupted(request);
}

// Not answered here: libfuse still uses the request after this returns.
void EventWaiters::interrupted(fuse_req_t request) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(parked_.begin(), parked_.end(), [&](const Parked& parked) {
    return parked.request.raw() == request;
  });
  if (found == parked_.end()) return;
  found->interrupted = true;
  wake_.wake();
}

void EventWaiters::answer() {
  const std::lock_guard lock(mutex_);
  for (auto parked = parked_.begin(); parked != parked_.end();) {
    const std::string lines =
        parked->interrupted ? "" : log_.read(parked->handle->reader, parked->size);
    if (parked->interrupted) {
      parked->request.error(EINTR);
    } else if (!lines.empty() || ended_) {
      parked->request.data(lines);
    } else {
      ++parked;
      continue;
    }
    parked = parked_.erase(parked);
  }
  for (Handle& handle : handles_) {
    if (handle.poll == nullptr || !(ended_ || log_.has_more(handle.reader))) continue;
    fuse_lowlevel_notify_poll(handle.poll);
    handle.watch(nullptr);
  }
}

void EventWaiters::end() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  answer();
}

}  // namespace bobbin
