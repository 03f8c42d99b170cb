// SPDX-License-Identifier: Apache-2.0
// Sends jobs without starting fspl: takes the next number of a sequence file and stores a packet
// with a payload and one variable in a spool, which is made if it is not there. Then lists what
// waits.
//
//   send_job SPOOL SEQUENCE_FILE PAYLOAD...
#include <bobbin/spool.h>

#include <cstdio>
#include <ctime>

namespace {

void send(const std::string& spool, const std::string& sequence_file, const std::string& payload) {
  bobbin::PacketHeader header;
  header.created.seconds = std::time(nullptr);
  header.variables = {{"SENDER", "send_job"}};  // the command sees FSPL_SET_SENDER
  header.sequence = bobbin::claim_sequence(sequence_file);
  const std::string filename = bobbin::write_packet(spool, header, payload);
  std::printf("sent job %llu as %s\n", static_cast<unsigned long long>(header.sequence),
              filename.c_str());
}

void make_unless_there(const std::string& spool) {
  try {
    bobbin::create_spool(spool, bobbin::SpoolKind::ordered);
  } catch (const bobbin::Error& error) {
    if (error.code() != bobbin::ErrorCode::exists) throw;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: send_job SPOOL SEQUENCE_FILE PAYLOAD...\n");
    return 2;
  }
  try {
    make_unless_there(argv[1]);
    for (int i = 3; i < argc; ++i) send(argv[1], argv[2], argv[i]);
    for (const bobbin::SpooledPacket& packet : bobbin::list_packets(argv[1])) {
      std::printf("waiting: job %llu\n", static_cast<unsigned long long>(packet.sequence));
    }
    const auto next = bobbin::next_sequence(argv[1]);
    if (next) std::printf("next: job %llu\n", static_cast<unsigned long long>(*next));
  } catch (const bobbin::Error& error) {
    std::fprintf(stderr, "send_job: %s\n", error.what());
    return 1;
  }
  return 0;
}
