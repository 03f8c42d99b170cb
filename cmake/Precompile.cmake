# SPDX-License-Identifier: Apache-2.0
# bobbin_precompile(TARGET [TEST]): reads the headers that most files include once for all targets, not once a file.
# A source that forgets one of them compiles all the same, so this is for the sanitizers' presets only: the release
# build sees that every file names what it uses.
option(BOBBIN_PRECOMPILE "Precompile common headers (faster; hides a missing #include)" OFF)

if(BOBBIN_PRECOMPILE)
  set(headers <algorithm> <chrono> <cstdint> <functional> <map> <optional> <span> <string> <string_view> <variant>
    <vector> <fmt/format.h>)
  set(nothing ${PROJECT_BINARY_DIR}/precompile.cc)
  file(CONFIGURE OUTPUT ${nothing} CONTENT "")
  # A target with other flags than these gets the headers as text, and the compiler remarks on it.
  target_compile_options(bobbin_options INTERFACE -Wno-error=invalid-pch)

  add_library(bobbin_precompile OBJECT ${nothing})
  target_link_libraries(bobbin_precompile PRIVATE bobbin_options)
  target_precompile_headers(bobbin_precompile PRIVATE ${headers})
  if(BOBBIN_TESTS)
    add_library(bobbin_precompile_test OBJECT ${nothing})
    target_link_libraries(bobbin_precompile_test PRIVATE bobbin_options GTest::gtest)
    target_precompile_headers(bobbin_precompile_test PRIVATE ${headers} <gtest/gtest.h>)
  endif()
endif()

function(bobbin_precompile target)
  cmake_parse_arguments(PRECOMPILE "TEST" "" "" ${ARGN})
  if(BOBBIN_PRECOMPILE AND PRECOMPILE_TEST)
    target_precompile_headers(${target} REUSE_FROM bobbin_precompile_test)
  elseif(BOBBIN_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM bobbin_precompile)
  endif()
endfunction()
