// SPDX-License-Identifier: Apache-2.0
// Any bytes as config.json: whatever is accepted must survive being written and read, whatever it
// is read over; whatever is refused must be so in words that can be shown.
#include <bobbin/error.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/utf8.h"
#include "fuzz/require.h"
#include "jobs/config.h"

namespace bobbin {
namespace {

std::optional<Config> read(std::string_view text, const Config& base) {
  try {
    return parse_config(text, base);
  } catch (const Error& error) {
    const std::string_view message = error.what();
    require(error.code() == ErrorCode::invalid, "a refusal that does not say: invalid");
    require(is_utf8(message) && message.size() < 1000, "a message that can't be shown");
    require(message.find('\n') == message.npos, "a message of more than one line");
    return std::nullopt;
  }
}

}  // namespace
}  // namespace bobbin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bobbin;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = read(text, Config{});
  if (!config) return 0;
  const std::string rendered = render_config(*config);
  require(read(rendered, Config{}) == config, "a configuration changed in a round trip");
  require(read(rendered, default_config(7)) == config, "a key was not written");
  require(read(text, *config) == config, "a second reading changed something");
  return 0;
}
