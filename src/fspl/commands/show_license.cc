// SPDX-License-Identifier: Apache-2.0
#include "fspl/commands/commands.h"
#include "fspl/output.h"

namespace bobbin::fspl {
namespace {

constexpr std::string_view kText =
    R"(Bobbin: job queues made of files
Copyright the Bobbin authors

Licensed under the Apache License, Version 2.0 (the "License"); you may not use
this program except in compliance with the License. You may obtain a copy of the
License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software distributed
under the License is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR
CONDITIONS OF ANY KIND, either express or implied. See the License for the
specific language governing permissions and limitations under the License.
)";

int run(const Arguments&, const Context&) {
  Output output;
  output.write(kText);
  output.flush();
  return 0;
}

}  // namespace

const CommandSpec kShowLicense{"show-license", "Print the license", "", {}, {}, "", run};

}  // namespace bobbin::fspl
