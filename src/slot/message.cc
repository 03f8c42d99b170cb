// SPDX-License-Identifier: Apache-2.0
#include "slot/message.h"

#include <utility>

#include "slot/wire.h"

namespace bobbin {
namespace {

constexpr std::uint8_t kVersion = 1;
enum class Kind : std::uint8_t { run, kill, started, ended };

// Which descriptors go with a run request, in this order.
constexpr std::uint8_t kHasContentFile = 1;
constexpr std::uint8_t kHasLogFile = 2;
constexpr std::uint8_t kHasCapture = 4;

WireWriter begin(Kind kind) {
  WireWriter writer;
  writer.put(kVersion);
  writer.put(kind);
  return writer;
}

// A list whose length is believed only as far as the message holds it.
template <typename TakeOne>
bool take_list(WireReader& reader, TakeOne take_one) {
  const auto count = reader.take<std::uint32_t>();
  if (count > kMaxMessage) return false;
  for (std::uint32_t index = 0; index < count; ++index) take_one();
  return true;
}

std::optional<RunRequest> decode_run(WireReader& reader, std::vector<Fd> descriptors) {
  RunRequest request;
  request.sequence = reader.take<std::uint64_t>();
  request.number = reader.take<JobNumber>();
  request.attempt = reader.take<std::uint32_t>();
  request.name = reader.take_text();
  request.directory = reader.take_text();
  if (!take_list(reader, [&] { request.environment.emplace_back(reader.take_text()); })) {
    return std::nullopt;
  }
  request.changes_identity = reader.take<std::uint8_t>() != 0;
  request.uid = reader.take<uid_t>();
  request.gid = reader.take<gid_t>();
  if (!take_list(reader, [&] { request.groups.push_back(reader.take<gid_t>()); })) {
    return std::nullopt;
  }
  request.is_sandboxed = reader.take<std::uint8_t>() != 0;
  request.timeout = std::chrono::nanoseconds(reader.take<std::int64_t>());
  request.grace = std::chrono::nanoseconds(reader.take<std::int64_t>());
  request.max_output = reader.take<std::uint64_t>();
  request.content = reader.take_text();
  request.log = reader.take_text();
  const auto files = reader.take<std::uint8_t>();
  if (!reader.is_whole()) return std::nullopt;
  auto next = descriptors.begin();
  const auto take_file = [&](std::uint8_t flag, Fd& into) {
    if ((files & flag) != 0 && next != descriptors.end()) into = std::move(*next++);
    return ((files & flag) != 0) == into.is_open();
  };
  const bool complete = take_file(kHasContentFile, request.content_file) &&
                        take_file(kHasLogFile, request.log_file) &&
                        take_file(kHasCapture, request.capture);
  if (!complete || next != descriptors.end()) return std::nullopt;
  return request;
}

AttemptEnd take_end(WireReader& reader) {
  AttemptEnd end;
  end.kind = reader.take<EndKind>();
  end.value = reader.take<std::int32_t>();
  return end;
}

}  // namespace

std::string encode(const RunRequest& request) {
  WireWriter writer = begin(Kind::run);
  writer.put(request.sequence);
  writer.put(request.number);
  writer.put(request.attempt);
  writer.put_text(request.name);
  writer.put_text(request.directory);
  writer.put(static_cast<std::uint32_t>(request.environment.size()));
  for (const std::string& variable : request.environment) writer.put_text(variable);
  writer.put(static_cast<std::uint8_t>(request.changes_identity));
  writer.put(request.uid);
  writer.put(request.gid);
  writer.put(static_cast<std::uint32_t>(request.groups.size()));
  for (const gid_t group : request.groups) writer.put(group);
  writer.put(static_cast<std::uint8_t>(request.is_sandboxed));
  writer.put(request.timeout.count());
  writer.put(request.grace.count());
  writer.put(request.max_output);
  writer.put_text(request.content);
  writer.put_text(request.log);
  writer.put(static_cast<std::uint8_t>((request.content_file.is_open() ? kHasContentFile : 0) |
                                       (request.log_file.is_open() ? kHasLogFile : 0) |
                                       (request.capture.is_open() ? kHasCapture : 0)));
  return writer.take();
}

std::vector<int> descriptors_of(const RunRequest& request) {
  std::vector<int> descriptors;
  for (const Fd* file : {&request.content_file, &request.log_file, &request.capture}) {
    if (file->is_open()) descriptors.push_back(file->get());
  }
  return descriptors;
}

std::string encode(const KillRequest& request) {
  WireWriter writer = begin(Kind::kill);
  writer.put(request.number);
  writer.put(request.attempt);
  writer.put(request.reason.kind);
  writer.put(static_cast<std::int32_t>(request.reason.value));
  return writer.take();
}

std::string encode(const StartReport& report) {
  WireWriter writer = begin(Kind::started);
  writer.put(report.number);
  writer.put(report.attempt);
  writer.put(report.pid);
  return writer.take();
}

std::string encode(const EndReport& report) {
  WireWriter writer = begin(Kind::ended);
  writer.put(static_cast<std::uint8_t>(report.slot_retires));
  writer.put_text(encode_record(report.record));
  return writer.take();
}

std::optional<Request> decode_request(ReceivedMessage message) {
  WireReader reader(message.bytes);
  if (reader.take<std::uint8_t>() != kVersion) return std::nullopt;
  const Kind kind = reader.take<Kind>();
  if (kind == Kind::run) return decode_run(reader, std::move(message.descriptors));
  if (kind != Kind::kill) return std::nullopt;
  KillRequest request;
  request.number = reader.take<JobNumber>();
  request.attempt = reader.take<std::uint32_t>();
  request.reason = take_end(reader);
  if (!reader.is_whole() || request.reason.kind > EndKind::shut_down) return std::nullopt;
  return request;
}

std::optional<Report> decode_report(std::string_view bytes) {
  WireReader reader(bytes);
  if (reader.take<std::uint8_t>() != kVersion) return std::nullopt;
  const Kind kind = reader.take<Kind>();
  if (kind == Kind::started) {
    StartReport report;
    report.number = reader.take<JobNumber>();
    report.attempt = reader.take<std::uint32_t>();
    report.pid = reader.take<pid_t>();
    return reader.is_whole() ? std::optional<Report>(report) : std::nullopt;
  }
  if (kind != Kind::ended) return std::nullopt;
  const bool slot_retires = reader.take<std::uint8_t>() != 0;
  auto record = decode_record(reader.take_text());
  if (!record || !reader.is_whole()) return std::nullopt;
  return EndReport{std::move(*record), slot_retires};
}

}  // namespace bobbin
