# SPDX-License-Identifier: Apache-2.0
# Threads, for scanning large queues; zlib (CRC-32) and nettle (SHA-256): as archives where the programs are linked
# statically.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

set(ZLIB_USE_STATIC_LIBS ${BOBBIN_STATIC})
find_package(ZLIB REQUIRED)

find_path(NETTLE_INCLUDE_DIR nettle/sha2.h REQUIRED)
if(BOBBIN_STATIC)
  find_library(NETTLE_LIBRARY NAMES libnettle.a REQUIRED)
else()
  find_library(NETTLE_LIBRARY NAMES nettle REQUIRED)
endif()
add_library(Nettle::Nettle UNKNOWN IMPORTED)
set_target_properties(Nettle::Nettle PROPERTIES
  IMPORTED_LOCATION ${NETTLE_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${NETTLE_INCLUDE_DIR})
