// SPDX-License-Identifier: Apache-2.0
// The public functions of <bobbin/spool.h>, in terms of this layer.
#include <bobbin/spool.h>

#include "base/io.h"
#include "spool/packet_writer.h"
#include "spool/scan.h"
#include "spool/sequence_file.h"
#include "spool/spool_directory.h"

namespace bobbin {
namespace {

template <typename WritePayload>
std::string write_with(const std::string& path, const PacketHeader& header,
                       WritePayload write_payload) {
  const std::string bytes = encode_packet_header(header);
  const SpoolDirectory spool(path);
  PacketWriter writer(spool);
  try {
    write_all(writer.fd(), bytes, writer.what());
    write_payload(writer);
    writer.sync();
  } catch (...) {
    writer.discard();
    throw;
  }
  writer.publish();
  return writer.job_name();
}

}  // namespace

void create_spool(const std::string& path, SpoolKind kind) {
  make_spool(path, kind == SpoolKind::append_only);
}

std::uint64_t claim_sequence(const std::string& sequence_file) {
  SequenceFile file(sequence_file, SequenceOwner::sender, LockWait::never);
  const std::uint64_t number = file.claim();
  file.sync_name();
  return number;
}

std::string write_packet(const std::string& spool, const PacketHeader& header,
                         std::string_view payload) {
  return write_with(spool, header,
                    [&](PacketWriter& writer) { write_all(writer.fd(), payload, writer.what()); });
}

std::string write_packet(const std::string& spool, const PacketHeader& header, int payload_fd) {
  return write_with(spool, header, [&](PacketWriter& writer) {
    copy_to_end(payload_fd, "the payload", writer.fd(), writer.what());
  });
}

std::vector<SpooledPacket> list_packets(const std::string& path) {
  const SpoolDirectory spool(path);
  std::vector<SpooledPacket> packets;
  for (ScannedJob& job : scan_jobs(spool, nullptr).jobs) {
    packets.push_back({job.sequence, job.created, std::move(job.name)});
  }
  return packets;
}

std::optional<std::uint64_t> next_sequence(const std::string& spool) { return peek_next(spool); }

}  // namespace bobbin
