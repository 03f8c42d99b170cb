// SPDX-License-Identifier: Apache-2.0
#include "slot/record.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fail.h"
#include "base/io.h"
#include "slot/wire.h"

namespace bobbin {
namespace {

constexpr std::uint64_t kMagic = 0x31746f6c73646c66;  // of records and of the owner
// A place in the file holds one record; the first is the owner's.
constexpr std::size_t kPlaceSize = kMaxInlineLog + 256;
constexpr std::size_t kFileSize = kPlaceSize * (1 + kRecords);
constexpr std::size_t kMaxBootId = 64;
constexpr std::int32_t kRunning = -1;  // instead of an EndKind

// FNV-1a: against torn records, not against anybody.
std::uint64_t checksum(std::string_view bytes) noexcept {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (const char byte : bytes) sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return sum;
}

std::uint64_t place_of(std::uint64_t sequence) noexcept {
  return kPlaceSize * (1 + sequence % kRecords);
}

std::int64_t nanoseconds(WallTime time) noexcept { return time.time_since_epoch().count(); }

void write_at(int file, std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_errno(errno, "cannot write the record of a slot");
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

// Magic, size and checksum of the rest, the rest: what a place holds.
std::string sealed(std::string_view bytes) {
  WireWriter writer;
  writer.put(kMagic);
  writer.put(checksum(bytes));
  writer.put_text(bytes);
  return writer.take();
}

// nullopt: nothing whole there.
std::optional<std::string_view> unsealed(std::string_view place) {
  WireReader reader(place);
  const auto magic = reader.take<std::uint64_t>();
  const auto sum = reader.take<std::uint64_t>();
  const std::string_view bytes = reader.take_text();
  if (magic != kMagic || bytes.empty() || checksum(bytes) != sum) return std::nullopt;
  return bytes;
}

}  // namespace

std::string encode_record(const AttemptRecord& record) {
  WireWriter writer;
  writer.put(record.sequence);
  writer.put(record.number);
  writer.put(record.attempt);
  writer.put(record.pid);
  writer.put(record.pid_started);
  writer.put(nanoseconds(record.started));
  writer.put(nanoseconds(record.ended));
  writer.put(record.end ? static_cast<std::int32_t>(record.end->kind) : kRunning);
  writer.put(record.end ? record.end->value : 0);
  writer.put(record.use.wall.count());
  writer.put(record.use.user.count());
  writer.put(record.use.system.count());
  writer.put(record.use.peak_rss_bytes);
  writer.put(record.log_place);
  writer.put_text(record.log);
  return writer.take();
}

std::optional<AttemptRecord> decode_record(std::string_view bytes) {
  using std::chrono::nanoseconds;
  WireReader reader(bytes);
  AttemptRecord record;
  record.sequence = reader.take<std::uint64_t>();
  record.number = reader.take<JobNumber>();
  record.attempt = reader.take<std::uint32_t>();
  record.pid = reader.take<pid_t>();
  record.pid_started = reader.take<std::uint64_t>();
  record.started = WallTime(nanoseconds(reader.take<std::int64_t>()));
  record.ended = WallTime(nanoseconds(reader.take<std::int64_t>()));
  const auto kind = reader.take<std::int32_t>();
  const auto value = reader.take<std::int32_t>();
  record.use.wall = nanoseconds(reader.take<std::int64_t>());
  record.use.user = nanoseconds(reader.take<std::int64_t>());
  record.use.system = nanoseconds(reader.take<std::int64_t>());
  record.use.peak_rss_bytes = reader.take<std::uint64_t>();
  record.log_place = reader.take<LogPlace>();
  record.log = reader.take_text();
  if (!reader.is_whole() || record.log.size() > kMaxInlineLog) return std::nullopt;
  if (kind < kRunning || kind > static_cast<std::int32_t>(EndKind::shut_down)) return std::nullopt;
  if (record.log_place > LogPlace::in_log_file) return std::nullopt;
  if (kind != kRunning) record.end = AttemptEnd{static_cast<EndKind>(kind), value};
  return record;
}

void write_owner(int file, const RecordOwner& owner) {
  WireWriter writer;
  writer.put(owner.pid);
  writer.put(owner.pid_started);
  writer.put_text(owner.boot_id);
  write_at(file, sealed(writer.take()), 0);
}

std::optional<RecordOwner> read_owner(int file) {
  std::string place(kPlaceSize, '\0');
  place.resize(pread_full(file, place.data(), place.size(), 0, "the record of a slot"));
  const auto bytes = unsealed(place);
  if (!bytes) return std::nullopt;
  WireReader reader(*bytes);
  RecordOwner owner;
  owner.pid = reader.take<pid_t>();
  owner.pid_started = reader.take<std::uint64_t>();
  owner.boot_id = reader.take_text();
  if (!reader.is_whole() || owner.pid <= 0) return std::nullopt;
  return owner;
}

std::string current_boot_id() {
  const Fd file = try_open_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY);
  if (!file.is_open()) return {};
  return read_small(file.get(), kMaxBootId, "the boot id").value_or("");
}

void reserve_records(int file, const std::string& what) {
  if (::fallocate(file, 0, 0, kFileSize) == 0) return;
  if (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) fail_errno(errno, what);
}

void write_record(int file, const AttemptRecord& record) {
  write_at(file, sealed(encode_record(record)), place_of(record.sequence));
}

std::vector<AttemptRecord> read_records(int file) {
  std::string text(kFileSize, '\0');
  text.resize(pread_full(file, text.data(), text.size(), 0, "the record of a slot"));
  std::vector<AttemptRecord> records;
  for (std::size_t at = kPlaceSize; at < text.size(); at += kPlaceSize) {
    const auto bytes = unsealed(std::string_view(text).substr(at, kPlaceSize));
    if (!bytes) continue;
    auto record = decode_record(*bytes);
    if (record && place_of(record->sequence) == at) records.push_back(std::move(*record));
  }
  std::sort(records.begin(), records.end(),
            [](const auto& one, const auto& other) { return one.sequence < other.sequence; });
  return records;
}

}  // namespace bobbin
