// SPDX-License-Identifier: Apache-2.0
// Request: one question of the kernel, which gets exactly one answer. Each answering function uses
// the request up; one that is dropped without an answer is answered with EIO. So a request may be
// moved to wherever its answer becomes known.
//
// Threads: one at a time.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "mount/fuse_api.h"
#include "mount/in_flight.h"

namespace bobbin {

class Request {
 public:
  Request(fuse_req_t raw, InFlight& in_flight) noexcept : raw_(raw), in_flight_(&in_flight) {
    in_flight.enter();
  }
  Request(Request&& other) noexcept
      : raw_(std::exchange(other.raw_, nullptr)), in_flight_(other.in_flight_) {}
  Request& operator=(Request&&) = delete;
  Request(const Request&) = delete;
  ~Request() { error(EIO); }

  const fuse_ctx& caller() const noexcept { return *fuse_req_ctx(raw_); }
  fuse_req_t raw() const noexcept { return raw_; }

  // 0: it is done.
  void error(int error) noexcept {
    answer([&](fuse_req_t raw) { return fuse_reply_err(raw, error); });
  }
  void entry(const fuse_entry_param& entry) noexcept {
    answer([&](fuse_req_t raw) { return fuse_reply_entry(raw, &entry); });
  }
  void attributes(const struct stat& stat, double timeout) noexcept {
    answer([&](fuse_req_t raw) { return fuse_reply_attr(raw, &stat, timeout); });
  }
  // False: whoever opened it is gone, nobody will release the handle.
  bool opened(const fuse_file_info& file) noexcept {
    return answer([&](fuse_req_t raw) { return fuse_reply_open(raw, &file); });
  }
  bool created(const fuse_entry_param& entry, const fuse_file_info& file) noexcept {
    return answer([&](fuse_req_t raw) { return fuse_reply_create(raw, &entry, &file); });
  }
  void data(std::string_view bytes) noexcept {
    answer([&](fuse_req_t raw) { return fuse_reply_buf(raw, bytes.data(), bytes.size()); });
  }
  void written(std::size_t size) noexcept {
    answer([&](fuse_req_t raw) { return fuse_reply_write(raw, size); });
  }
  void xattr_size(std::size_t size) noexcept {
    answer([&](fuse_req_t raw) { return fuse_reply_xattr(raw, size); });
  }
  void space(const struct statvfs& space) noexcept {
    answer([&](fuse_req_t raw) { return fuse_reply_statfs(raw, &space); });
  }
  void polled(unsigned events) noexcept {
    answer([&](fuse_req_t raw) { return fuse_reply_poll(raw, events); });
  }

 private:
  template <typename Reply>
  bool answer(const Reply& reply) noexcept {
    if (raw_ == nullptr) return true;
    const bool sent = reply(std::exchange(raw_, nullptr)) == 0;
    in_flight_->leave();
    return sent;
  }

  fuse_req_t raw_;
  InFlight* in_flight_;
};

}  // namespace bobbin
