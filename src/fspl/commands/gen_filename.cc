// SPDX-License-Identifier: Apache-2.0
#include "fspl/commands/commands.h"
#include "fspl/output.h"
#include "spool/layout.h"

namespace bobbin::fspl {
namespace {

int run(const Arguments&, const Context&) {
  Output output;
  output.write(new_job_name() + '\n');
  output.flush();
  return 0;
}

}  // namespace

const CommandSpec kGenFilename{
    "gen-filename", "Print a file name for a packet that no other has", "", {}, {}, "", run,
};

}  // namespace bobbin::fspl
