// SPDX-License-Identifier: Apache-2.0
// config.json: reading and writing it, by the table of keys in config.cc. The text comes from
// anyone who may write that file; an error shows a value of it, but none of the environment's.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <type_traits>
#include <vector>

#include "base/fail.h"
#include "base/utf8.h"
#include "jobs/config.h"

namespace bobbin {
namespace {

using Json = nlohmann::json;
using Environment = Config::Environment;
using std::chrono::microseconds;

constexpr std::size_t kMaxDepth = 4;

[[noreturn]] void refuse(const std::string& why) { fail(ErrorCode::invalid, why); }

// A name or value as an error shows it: a glance, and nothing of what is inside.
std::string glance(const Json& value) {
  constexpr std::size_t kMost = 40;
  if (value.is_structured()) return value.is_array() ? "an array" : "an object";
  const std::string text = value.dump(-1, ' ', true);
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

// ---- From JSON to a member: one function a kind; false if it is not among allowed_values().

template <class Whole>
bool take_whole(const ConfigKey& key, const Json& from, Whole& to) {
  if (!from.is_number_unsigned()) return false;
  const auto number = from.get<std::uint64_t>();
  if (number < key.least || number > key.most) return false;
  to = static_cast<Whole>(number);
  return true;
}

bool take(const ConfigKey& key, const Json& from, std::uint32_t& to) {
  return take_whole(key, from, to);
}

bool take(const ConfigKey& key, const Json& from, std::uint64_t& to) {
  return take_whole(key, from, to);
}

bool take(const ConfigKey& key, const Json& from, double& to) {
  if (!from.is_number()) return false;
  const auto number = from.get<double>();
  if (number < static_cast<double>(key.least) || number > static_cast<double>(key.most)) {
    return false;
  }
  to = number;
  return true;
}

// A double holds ten years of microseconds exactly, so what is read is what was written. The least
// time stays one: 0 often means "none".
bool take(const ConfigKey& key, const Json& from, Config::Seconds& to) {
  double seconds = 0;
  if (!take(key, from, seconds)) return false;
  to = std::max(microseconds(std::llround(seconds * 1e6)), microseconds(seconds > 0 ? 1 : 0));
  return true;
}

bool take(const ConfigKey&, const Json& from, bool& to) {
  if (!from.is_boolean()) return false;
  to = from.get<bool>();
  return true;
}

bool take(const ConfigKey&, const Json& from, std::string& to) {
  if (!from.is_string()) return false;
  const auto& path = from.get_ref<const std::string&>();
  if (!path.empty() && !path.starts_with('/')) return false;
  if (path.size() > kMaxPathBytes || path.find('\0') != std::string::npos) return false;
  to = path;
  return true;
}

bool is_variable_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool take(const ConfigKey&, const Json& from, Environment& to) {
  if (!from.is_object()) return false;
  Environment variables;
  std::size_t bytes = 0;
  for (const auto& [name, value] : from.items()) {
    if (!is_variable_name(name) || name.starts_with("FILED_")) {
      refuse(
          fmt::format("environment must not set {}: a name is of letters, digits and _, begins "
                      "with no digit, and not with FILED_",
                      glance(name)));
    }
    const auto* text = value.get_ptr<const std::string*>();
    if (text == nullptr || text->find('\0') != std::string::npos) {
      refuse(
          fmt::format("environment: the value of {} must be a string without NUL", glance(name)));
    }
    bytes += name.size() + text->size() + 2;  // with '=' and the NUL at its end
    if (bytes > kMaxEnvironmentBytes) {
      refuse(fmt::format("environment has too much: {} bytes are allowed", kMaxEnvironmentBytes));
    }
    variables.emplace(name, *text);
  }
  to = std::move(variables);
  return true;
}

// ---- The whole.

// What the parser lets pass although it must not: names given twice, endless nesting.
class Structure {
 public:
  bool check(Json::parse_event_t event, const Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      if (names_.size() == kMaxDepth) {
        refuse(fmt::format("the configuration is nested too deeply: at most {} levels are allowed",
                           kMaxDepth));
      }
      names_.emplace_back();
    } else if (event == Event::object_end || event == Event::array_end) {
      names_.pop_back();
    } else if (event == Event::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!names_.back().insert(name).second) {
        refuse(glance(name) + " is given twice: each name is allowed once");
      }
    }
    return true;
  }

 private:
  std::vector<std::set<std::string>> names_;  // of each object that is open
};

Json parse_json(std::string_view text) {
  if (text.size() > kMaxConfigBytes) {
    refuse(fmt::format("the configuration has {} bytes: at most {} are allowed", text.size(),
                       kMaxConfigBytes));
  }
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    refuse("the configuration must be UTF-8 text without NUL");
  }
  Structure structure;
  const auto check = [&](int, Json::parse_event_t event, const Json& parsed) {
    return structure.check(event, parsed);
  };
  try {
    return Json::parse(text, check);
  } catch (const Json::parse_error& error) {
    const auto before = text.substr(0, std::max<std::size_t>(error.byte, 1) - 1);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    refuse(
        fmt::format("line {} of the configuration is not JSON as it should be: an object such "
                    "as {{\"max_retries\": 3}}, without comments",
                    line));
  } catch (const Json::out_of_range&) {
    refuse("the configuration has a number that is beyond all limits");
  }
}

const ConfigKey& key_named(const std::string& name) {
  const auto keys = config_keys();
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const ConfigKey& each) { return each.name == name; });
  if (key != keys.end()) return *key;
  std::string names;
  for (const ConfigKey& each : keys) names += fmt::format(" {}", each.name);
  refuse(fmt::format("there is no setting {}: the settings are{}", glance(name), names));
}

// ---- From a member to JSON.

template <class Scalar>
requires std::is_arithmetic_v<Scalar> std::string json_text(Scalar scalar) {
  return fmt::format("{}", scalar);
}

std::string json_text(Config::Seconds time) {
  return json_text(std::chrono::duration<double>(std::chrono::floor<microseconds>(time)).count());
}

std::string json_text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string render_config(const Config& config) {
  std::string text;
  for (const ConfigKey& key : config_keys()) {
    const auto render = [&](auto member) { return json_text(config.*member); };
    text += fmt::format("{}  \"{}\": {}", text.empty() ? "{\n" : ",\n", key.name,
                        std::visit(render, key.member));
  }
  return text + "\n}\n";
}

Config parse_config(std::string_view json, const Config& base) {
  const Json settings = parse_json(json);
  if (!settings.is_object()) {
    refuse("the configuration must be an object such as {\"max_retries\": 3}, not " +
           glance(settings));
  }
  Config config = base;
  for (const auto& setting : settings.items()) {
    const ConfigKey& key = key_named(setting.key());
    const Json& value = setting.value();
    const auto take_it = [&](auto member) { return take(key, value, config.*member); };
    if (!std::visit(take_it, key.member)) {
      refuse(fmt::format("{} must be {}, not {}", key.name, allowed_values(key), glance(value)));
    }
  }
  return config;
}

}  // namespace bobbin
