// SPDX-License-Identifier: Apache-2.0
#include "spool/packet_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/fail.h"
#include "base/io.h"

namespace bobbin {
namespace {

// Holds prefix and metadata of any ordinary packet; a longer metadata block is read in steps, so
// that memory is spent on bytes that exist, never on bytes that a header claims.
constexpr std::size_t kFirstRead = 2048;
constexpr std::size_t kStep = 64 * 1024;

Unreadable unreadable(PacketFault fault) { return {std::string(describe(fault))}; }

Unreadable unreadable_errno(int error) { return {std::strerror(error), error}; }

// Appends to `bytes` until it has `size` of them or `read_more(into, size)` returns 0.
template <typename ReadMore>
void fill(std::string& bytes, std::size_t size, ReadMore read_more) {
  while (bytes.size() < size) {
    const std::size_t before = bytes.size();
    const std::size_t step = std::min(size - before, kStep);
    bytes.resize(before + step);
    const std::size_t got = read_more(bytes.data() + before, step, before);
    bytes.resize(before + got);
    if (got < step) return;
  }
}

bool is_regular(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

bool Unreadable::is_missing() const noexcept { return error == ENOENT; }

std::variant<Fd, Unreadable> open_packet_file(int jobs, const std::string& name, EntryType type) {
  if (type == EntryType::directory) return Unreadable{"it is a directory"};
  if (type == EntryType::other) return Unreadable{"it is not a regular file"};
  int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
  if (type == EntryType::regular) {
    flags |= O_NOFOLLOW;
  } else {
    // A link may lead to a packet, as in Filespooler; to a FIFO or a device it must not be opened.
    struct stat status {};
    if (::fstatat(jobs, name.c_str(), &status, 0) != 0) {
      const Unreadable bad = unreadable_errno(errno);
      const bool is_here = ::fstatat(jobs, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
      if (bad.is_missing() && is_here && S_ISLNK(status.st_mode))
        return Unreadable{"it is a link that leads nowhere"};
      return bad;
    }
    if (!S_ISREG(status.st_mode)) return Unreadable{"it is not a regular file"};
  }
  Fd file = try_open_at(jobs, name, flags);
  if (!file.is_open()) return unreadable_errno(errno);
  // What a link leads to may have changed since it was looked at.
  if (type != EntryType::regular && !is_regular(file.get()))
    return Unreadable{"it is not a regular file"};
  return file;
}

std::variant<LocatedHeader, Unreadable> read_packet(int file) {
  const std::string what = "the packet";
  try {
    // One read brings an ordinary header whole; what it did not bring is asked for only where it is
    // needed.
    std::array<char, kFirstRead> first;
    std::size_t have = pread_some(file, first.data(), first.size(), 0, what);
    if (have < kPacketPrefixSize) {
      have += pread_full(file, first.data() + have, first.size() - have, have, what);
    }
    const std::string_view bytes(first.data(), have);
    const auto prefix = decode_packet_prefix(bytes);
    if (const auto* fault = std::get_if<PacketFault>(&prefix)) return unreadable(*fault);
    const auto& known = std::get<PacketPrefix>(prefix);
    std::variant<PacketHeader, PacketFault> header;
    if (kPacketPrefixSize + known.metadata_size <= have) {
      header = decode_packet_metadata(known, bytes.substr(kPacketPrefixSize));
    } else {
      std::string metadata(bytes.substr(kPacketPrefixSize));
      fill(metadata, known.metadata_size, [&](char* into, std::size_t size, std::size_t at) {
        return pread_full(file, into, size, kPacketPrefixSize + at, what);
      });
      header = decode_packet_metadata(known, metadata);
    }
    if (const auto* fault = std::get_if<PacketFault>(&header)) return unreadable(*fault);
    return LocatedHeader{std::get<PacketHeader>(std::move(header)),
                         kPacketPrefixSize + known.metadata_size};
  } catch (const Error& error) {
    return Unreadable{error.what(), error.system_errno()};
  }
}

std::variant<PacketHeader, Unreadable> try_read_packet_header(int stream, const std::string& what,
                                                              std::uint64_t* header_size) {
  std::array<char, kPacketPrefixSize> start;
  const std::size_t have = read_full(stream, start.data(), start.size(), what);
  const auto prefix = decode_packet_prefix({start.data(), have});
  if (const auto* fault = std::get_if<PacketFault>(&prefix)) return unreadable(*fault);
  const auto& known = std::get<PacketPrefix>(prefix);
  std::string metadata;
  fill(metadata, known.metadata_size, [&](char* into, std::size_t size, std::size_t) {
    return read_full(stream, into, size, what);
  });
  auto header = decode_packet_metadata(known, metadata);
  if (const auto* fault = std::get_if<PacketFault>(&header)) return unreadable(*fault);
  if (header_size != nullptr) *header_size = kPacketPrefixSize + known.metadata_size;
  return std::get<PacketHeader>(std::move(header));
}

PacketHeader read_packet_header(int stream, const std::string& what, std::uint64_t* header_size) {
  auto header = try_read_packet_header(stream, what, header_size);
  if (const auto* bad = std::get_if<Unreadable>(&header)) {
    fail(ErrorCode::corrupt, "cannot read a packet from " + what + ": " + bad->reason);
  }
  return std::get<PacketHeader>(std::move(header));
}

}  // namespace bobbin
