# SPDX-License-Identifier: Apache-2.0
# bobbin_layer(NAME [LINKS targets...] SOURCES files...): a layer as objects (for libbobbin) and as a static
# library (for the tests of that layer, which then cannot reach upwards without a link error).
function(bobbin_layer name)
  cmake_parse_arguments(LAYER "" "" "LINKS;SOURCES" ${ARGN})
  add_library(bobbin_${name}_objects OBJECT ${LAYER_SOURCES})
  target_link_libraries(bobbin_${name}_objects PRIVATE bobbin_options ${LAYER_LINKS})
  bobbin_precompile(bobbin_${name}_objects)
  add_library(bobbin_${name} STATIC $<TARGET_OBJECTS:bobbin_${name}_objects>)
  target_link_libraries(bobbin_${name} PUBLIC ${LAYER_LINKS})
endfunction()
