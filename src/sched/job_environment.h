// SPDX-License-Identifier: Apache-2.0
// The environment variables that jobs get, before those of a single job (FILED_JOB and so on).
#pragma once

#include "exec/environment.h"
#include "jobs/config.h"

namespace bobbin {

// `base` is the daemon's own. What is the daemon's own business is left out: its settings, its
// connection to the service manager, passwords of its database. What `config` adds is never left
// out.
Environment job_environment(Environment base, const Config& config);

}  // namespace bobbin
