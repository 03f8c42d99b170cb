// SPDX-License-Identifier: Apache-2.0
// For tests: a spool in a directory of its own, and packets to put into it.
#pragma once

#include <bobbin/packet.h>

#include <string>

#include "base/test_directory.h"
#include "spool/spool_directory.h"

namespace bobbin {

inline std::string packet_bytes(std::uint64_t sequence, const std::string& payload = "") {
  PacketHeader header;
  header.sequence = sequence;
  header.created = {static_cast<std::int64_t>(1700000000 + sequence), 5};
  return encode_packet_header(header) + payload;
}

class TestSpool {
 public:
  explicit TestSpool(bool append_only = false)
      : spool_((make_spool(directory_.path("q"), append_only), directory_.path("q"))) {}

  const SpoolDirectory& spool() const { return spool_; }

  // Names below are relative to the spool.
  std::string path(const std::string& name) const { return directory_.path("q/" + name); }
  void write(const std::string& name, const std::string& content) const {
    directory_.write("q/" + name, content);
  }
  std::string read(const std::string& name) const { return directory_.read("q/" + name); }
  bool has(const std::string& name) const { return directory_.has("q/" + name); }

  void put(const std::string& job, std::uint64_t sequence, const std::string& payload = "") const {
    write("jobs/" + job, packet_bytes(sequence, payload));
  }

 private:
  TestDirectory directory_;
  SpoolDirectory spool_;
};

}  // namespace bobbin
