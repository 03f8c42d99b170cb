// SPDX-License-Identifier: Apache-2.0
#include "fspl/packet_report.h"

#include "fspl/json_text.h"
#include "packet/creation_time.h"

namespace bobbin::fspl {

std::string_view kind_name(PacketKind kind) noexcept {
  switch (kind) {
    case PacketKind::command: return "command";
    case PacketKind::nop: return "nop";
    case PacketKind::fail: return "fail";
  }
  return "";
}

std::string packet_report(const PacketHeader& header, const std::optional<JobLocation>& location) {
  std::string text;
  for (const auto& [name, value] : packet_variables(header, location))
    text += name + '=' + value + '\n';
  return text;
}

std::string packet_report_json(const PacketHeader& header,
                               const std::optional<JobLocation>& location) {
  Json report;
  report["sequence"] = header.sequence;
  report["kind"] = kind_name(header.kind);
  report["created"] = {{"seconds", header.created.seconds},
                       {"nanoseconds", header.created.nanoseconds}};
  report["created_utc"] =
      is_representable(header.created) ? Json(utc_text(header.created)) : Json(nullptr);
  if (location) {
    put_octets(report, "filename", location->filename);
    put_octets(report, "queue", location->queue_directory);
  }
  Json parameters = Json::array();
  for (const std::string& parameter : header.parameters) {
    Json entry;
    put_octets(entry, "value", parameter);
    parameters.push_back(std::move(entry));
  }
  report["parameters"] = std::move(parameters);
  Json variables = Json::array();
  for (const PacketVariable& variable : header.variables) {
    Json entry;
    put_octets(entry, "name", std::string(kSentVariablePrefix) + variable.name);
    put_octets(entry, "value", variable.value);
    variables.push_back(std::move(entry));
  }
  report["variables"] = std::move(variables);
  return json_line(report);
}

}  // namespace bobbin::fspl
