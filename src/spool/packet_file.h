// SPDX-License-Identifier: Apache-2.0
// Reading packets out of files and streams, where everything may be wrong: the file gone, a link, a
// FIFO, a device, the header cut, damaged or lying about its length. What is wrong with one packet
// is a value, not an Error.
#pragma once

#include <bobbin/packet.h>

#include <cstdint>
#include <string>
#include <variant>

#include "base/directory.h"
#include "base/fd.h"

namespace bobbin {

// Why a file is not a packet that can be read now: a clause for a user.
struct Unreadable {
  std::string reason;
  int error = 0;  // the errno, where the system could not read it

  bool is_missing() const noexcept;  // the file is gone
};

struct LocatedHeader {
  PacketHeader header;
  std::uint64_t payload_offset = 0;
};

// Opens a regular file, or one that a link names, without ever blocking.
std::variant<Fd, Unreadable> open_packet_file(int jobs, const std::string& name, EntryType type);

// Decodes an open file without moving its descriptor; one read for an ordinary header.
std::variant<LocatedHeader, Unreadable> read_packet(int file);

// From a stream: takes exactly the header's bytes, so that the payload is what comes next. `what`
// names the stream. Throws Error(corrupt) for what is no packet, as there is nothing else to go on
// with.
PacketHeader read_packet_header(int stream, const std::string& what,
                                std::uint64_t* header_size = nullptr);

// The same where the stream is a decoder's and failing is expected.
std::variant<PacketHeader, Unreadable> try_read_packet_header(int stream, const std::string& what,
                                                              std::uint64_t* header_size = nullptr);

}  // namespace bobbin
