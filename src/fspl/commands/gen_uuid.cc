// SPDX-License-Identifier: Apache-2.0
#include "base/uuid.h"
#include "fspl/commands/commands.h"
#include "fspl/output.h"

namespace bobbin::fspl {
namespace {

int run(const Arguments&, const Context&) {
  Output output;
  output.write(random_uuid() + '\n');
  output.flush();
  return 0;
}

}  // namespace

const CommandSpec kGenUuid{"gen-uuid", "Print a random UUID", "", {}, {}, "", run};

}  // namespace bobbin::fspl
