// SPDX-License-Identifier: Apache-2.0
// What manual_test.py compares filed.config(5) with: a line of JSON for each key of config.json.
#include <cstdio>
#include <exception>
#include <nlohmann/json.hpp>
#include <string>

#include "jobs/config.h"

int main() try {
  using Json = nlohmann::ordered_json;
  constexpr unsigned kProcessors = 77;
  const Json defaults = Json::parse(bobbin::render_config(bobbin::default_config(kProcessors)));
  for (const bobbin::ConfigKey& key : bobbin::config_keys()) {
    const std::string name(key.name);
    const Json value = defaults.at(name);
    const Json line = {
        {"name", name},
        {"allowed", bobbin::allowed_values(key)},
        {"default", value == kProcessors ? "the number of processors" : value.dump()}};
    std::puts(line.dump().c_str());
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "config_keys: %s\n", error.what());
  return 1;
}
