# SPDX-License-Identifier: Apache-2.0
# bobbin_unit_test(LAYER FILES...): the tests that stand beside a layer's sources, one binary a layer.
function(bobbin_unit_test layer)
  set(name ${layer}_test)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE bobbin_${layer} bobbin_options GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE BOBBIN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_compile_options(${name} PRIVATE -O0)  # the test, not what it tests: it is compiled in a third of the time
  bobbin_precompile(${name} TEST)
  gtest_discover_tests(${name} TEST_PREFIX ${layer}. DISCOVERY_TIMEOUT 60)
endfunction()
