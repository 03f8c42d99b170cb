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

set(pages fspl.1)
if(BOBBIN_FILED)
  list(APPEND pages filed.1 filed.5 filed.config.5)
  # filed itself: src/filed. It looks for filed-slot there.
  install(TARGETS filed-slot RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/bobbin)
  set(packaging ${PROJECT_SOURCE_DIR}/packaging)
  install(FILES ${packaging}/completions/filed.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME filed)
  install(FILES ${packaging}/completions/filed.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _filed)
  install(FILES ${packaging}/completions/filed.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  # Not below CMAKE_INSTALL_LIBDIR: systemd looks into lib/ whatever the architecture.
  install(DIRECTORY ${packaging}/systemd ${packaging}/sysusers.d DESTINATION lib)
endif()

find_program(SCDOC scdoc)
if(SCDOC)
  set(built_pages)
  foreach(page ${pages})
    set(source ${PROJECT_SOURCE_DIR}/docs/man/${page}.scd)
    add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/${page} COMMAND ${SCDOC} < ${source} > ${PROJECT_BINARY_DIR}/${page}
      DEPENDS ${source} COMMENT "Manual page ${page}")
    list(APPEND built_pages ${PROJECT_BINARY_DIR}/${page})
    string(REGEX MATCH "[0-9]$" section ${page})
    install(FILES ${PROJECT_BINARY_DIR}/${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
  endforeach()
  add_custom_target(man ALL DEPENDS ${built_pages})
else()
  message(STATUS "scdoc was not found: the manual pages are not built")
endif()
