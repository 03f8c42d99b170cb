// SPDX-License-Identifier: Apache-2.0
// The canary of tidy.headers: it does not include <string>, so it must not compile alone.
#pragma once

inline std::string planted() { return {}; }
