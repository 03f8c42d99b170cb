# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where; tests/package builds a program against the result.
include(CMakePackageConfigHelpers)

install(TARGETS fspl RUNTIME)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/bobbin DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.h")

# The library. It is static, so a consumer links zlib and nettle itself; both ways to find them (Bobbin's CMake package,
# pkg-config) look them up on the consumer's machine, and name no path of this one.
install(TARGETS bobbin EXPORT BobbinTargets ARCHIVE)
set(bobbin_package ${CMAKE_INSTALL_LIBDIR}/cmake/Bobbin)
install(EXPORT BobbinTargets NAMESPACE Bobbin:: DESTINATION ${bobbin_package})
configure_package_config_file(cmake/BobbinConfig.cmake.in ${PROJECT_BINARY_DIR}/BobbinConfig.cmake
  INSTALL_DESTINATION ${bobbin_package})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/BobbinConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/BobbinConfig.cmake ${PROJECT_BINARY_DIR}/BobbinConfigVersion.cmake
  DESTINATION ${bobbin_package})

file(RELATIVE_PATH BOBBIN_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/bobbin.pc.in ${PROJECT_BINARY_DIR}/bobbin.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/bobbin.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Completions come from the program itself. One that can't run here (a cross build) needs an emulator.
set(completions ${PROJECT_BINARY_DIR}/completions)
file(MAKE_DIRECTORY ${completions})
foreach(shell bash zsh fish)
  add_custom_command(OUTPUT ${completions}/fspl.${shell}
    COMMAND fspl gen-completions ${shell} > fspl.${shell} WORKING_DIRECTORY ${completions} VERBATIM
    COMMENT "Completions for ${shell}")
  list(APPEND completion_files ${completions}/fspl.${shell})
endforeach()
add_custom_target(completions ALL DEPENDS ${completion_files})
install(FILES ${completions}/fspl.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME fspl)
install(FILES ${completions}/fspl.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _fspl)
install(FILES ${completions}/fspl.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

find_program(SCDOC scdoc)
if(SCDOC)
  set(page ${PROJECT_BINARY_DIR}/fspl.1)
  add_custom_command(OUTPUT ${page}
    COMMAND ${SCDOC} < ${PROJECT_SOURCE_DIR}/docs/man/fspl.1.scd > ${page}
    DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/fspl.1.scd COMMENT "Manual page")
  add_custom_target(man ALL DEPENDS ${page})
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
else()
  message(STATUS "scdoc was not found: the manual page is not built")
endif()
