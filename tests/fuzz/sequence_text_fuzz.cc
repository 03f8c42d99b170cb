// SPDX-License-Identifier: Apache-2.0
// Any bytes as a sequence file: whatever parses must render to something that parses to the same
// number, and every number must survive being rendered.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "fuzz/require.h"
#include "spool/sequence_text.h"

namespace bobbin {
namespace {

void check_number(std::uint64_t number) {
  require(parse_sequence_text(sequence_text(number)) == number, "a number changed in a round trip");
}

void check_text(std::string_view text) {
  const auto number = parse_sequence_text(text);
  if (!number) return;
  check_number(*number);
  const std::string followed = std::string(text) + "\nwhatever follows the first line";
  require(parse_sequence_text(followed) == number, "a second line changed the number");
}

}  // namespace
}  // namespace bobbin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bobbin::check_text({reinterpret_cast<const char*>(data), size});
  std::uint64_t number = 0;
  if (size >= sizeof number) std::memcpy(&number, data, sizeof number);
  bobbin::check_number(number);
  return 0;
}
