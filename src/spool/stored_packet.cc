// SPDX-License-Identifier: Apache-2.0
#include "spool/stored_packet.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "base/fail.h"
#include "base/io.h"
#include "spool/packet_file.h"

namespace bobbin {
namespace {

[[noreturn]] void not_readable(const SpoolDirectory& spool, const ScannedJob& job,
                               const Unreadable& bad) {
  throw Error(bad.is_missing() ? ErrorCode::not_found : ErrorCode::corrupt,
              "cannot read the job " + std::to_string(job.sequence) + " in " +
                  spool.shown_job(job.name) + ": " + bad.reason +
                  "; it was readable a moment ago, so look who writes there and try again");
}

StoredPacket open_plain(const SpoolDirectory& spool, const ScannedJob& job, Fd file) {
  auto packet = read_packet(file.get());
  if (const auto* bad = std::get_if<Unreadable>(&packet)) not_readable(spool, job, *bad);
  auto& found = std::get<LocatedHeader>(packet);
  if (::lseek(file.get(), static_cast<off_t>(found.payload_offset), SEEK_SET) < 0) {
    fail_errno(errno, "cannot read " + spool.shown_job(job.name));
  }
  return {std::move(found.header), std::move(file), std::nullopt};
}

StoredPacket open_decoded(const SpoolDirectory& spool, const ScannedJob& job, Fd file,
                          const Decoder& decoder) {
  auto running = decoder.start(file.get(), Decoder::Reader::everything);
  auto header = try_read_packet_header(running.output.get(), "the decoder's output");
  if (const auto* bad = std::get_if<Unreadable>(&header)) not_readable(spool, job, *bad);
  return {std::get<PacketHeader>(std::move(header)), std::move(file), std::move(running)};
}

}  // namespace

Fd open_stored_file(const SpoolDirectory& spool, const ScannedJob& job) {
  auto opened = open_packet_file(spool.jobs(), job.name, job.type);
  if (const auto* bad = std::get_if<Unreadable>(&opened)) not_readable(spool, job, *bad);
  return std::get<Fd>(std::move(opened));
}

StoredPacket open_stored_packet(const SpoolDirectory& spool, const ScannedJob& job, Fd file,
                                const Decoder* decoder) {
  StoredPacket packet = decoder != nullptr ? open_decoded(spool, job, std::move(file), *decoder)
                                           : open_plain(spool, job, std::move(file));
  if (packet.header.sequence != job.sequence) {
    fail(ErrorCode::corrupt, spool.shown_job(job.name) + " now holds job " +
                                 std::to_string(packet.header.sequence) + " instead of " +
                                 std::to_string(job.sequence) +
                                 ": somebody replaced it meanwhile; try again");
  }
  return packet;
}

void StoredPacket::require_decoder_success() {
  if (!decoder) return;
  const Outcome outcome = decoder->child.wait();
  if (!succeeded(outcome)) {
    fail(ErrorCode::corrupt,
         "the decoder failed (" + describe(outcome) +
             "), so what it put out is not the whole payload; check the stored file");
  }
}

std::optional<Outcome> StoredPacket::decoder_failure() {
  if (!decoder) return std::nullopt;
  pollfd pipe{decoder->output.get(), POLLIN, 0};
  // Hung up: the decoder (and whoever has its output, too) closed it by itself, so its end is
  // meant.
  const bool has_finished = ::poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLHUP) != 0;
  if (!has_finished) {
    decoder.reset();
    return std::nullopt;
  }
  const Outcome outcome = decoder->child.wait();
  decoder.reset();
  return succeeded(outcome) ? std::nullopt : std::optional(outcome);
}

}  // namespace bobbin
