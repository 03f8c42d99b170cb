// SPDX-License-Identifier: Apache-2.0
// libfuse, in the one version of its interface that this layer is written for. Included by sources
// of this layer only.
#pragma once

#define FUSE_USE_VERSION 312
#include <fuse_lowlevel.h>
