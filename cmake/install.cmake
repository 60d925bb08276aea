# cmake --install: the console, what it needs to compile and try plugins, and a CMake package for plugin authors
# (twinslot::sdk) and for CAF programs (twinslot::runtime). Every path inside is relative: the tree can be moved.
#
#   bin/twinslot
#   libexec/twinslot/     twinslot-probe, plugin_flags.txt, sdk.pch.hpp and its precompiled form
#   include/twinslot/     the SDK: <twinslot/gen_server.hpp>
#   include/twinslot/runtime/..., actors/...   the host's headers, spelled as in the source tree
#   lib/                  the libraries
#   lib/cmake/twinslot/   twinslotConfig.cmake, twinslot_add_plugin(), FindCAF.cmake

include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/twinslot")
set(headers_dir "${CMAKE_INSTALL_INCLUDEDIR}/twinslot")

# Programs.
if(TARGET twinslot)
  install(TARGETS twinslot RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
if(TARGET twinslot-probe)
  install(TARGETS twinslot-probe RUNTIME DESTINATION "${TWINSLOT_LIBEXECDIR}")
endif()

# What c/1 reads. The precompiled header fits wherever its source text is the same, not only where it was made; clang's
# wants the very files that it was made from, so there the wrapper does alone.
file(RELATIVE_PATH to_include "/${TWINSLOT_LIBEXECDIR}" "/${CMAKE_INSTALL_INCLUDEDIR}")
file(RELATIVE_PATH to_package "/${TWINSLOT_LIBEXECDIR}" "/${package_dir}")
twinslot_write_plugin_flags("${CMAKE_BINARY_DIR}/installed/plugin_flags.txt"
  INCLUDE "{here}/${to_include}" "{here}/${to_include}/twinslot" MAP "{here}/${to_package}/plugin.map")
install(FILES "${CMAKE_BINARY_DIR}/installed/plugin_flags.txt" "${build_libexec}/${TWINSLOT_PCH_NAME}"
        DESTINATION "${TWINSLOT_LIBEXECDIR}")
if(TARGET sdk_pch AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  install(FILES "${build_libexec}/${TWINSLOT_PCH_NAME}.gch" DESTINATION "${TWINSLOT_LIBEXECDIR}")
endif()

# Headers. The SDK's have two spellings, <twinslot/abi.hpp> and, in the host's, "runtime/sdk/twinslot/abi.hpp"; the
# second one forwards, as a compiler that knows files by their place would otherwise read both.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/runtime/sdk/twinslot/" DESTINATION "${headers_dir}" FILES_MATCHING PATTERN "*.hpp")
foreach(folder runtime actors)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${folder}" DESTINATION "${headers_dir}"
          FILES_MATCHING PATTERN "*.hpp" PATTERN "sdk" EXCLUDE REGEX "/console/[^/]*\\.hpp$" EXCLUDE)
endforeach()
file(GLOB_RECURSE sdk_headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/runtime/sdk"
     "${PROJECT_SOURCE_DIR}/runtime/sdk/twinslot/*.hpp")
foreach(header IN LISTS sdk_headers)
  file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/installed/sdk/${header}" CONTENT "#pragma once\n#include <${header}>\n" @ONLY)
endforeach()
install(DIRECTORY "${CMAKE_BINARY_DIR}/installed/sdk" DESTINATION "${headers_dir}/runtime")

# The package: plugin authors need twinslot-sdk only, and none of the libraries that the runtime is built on.
install(TARGETS twinslot_sdk EXPORT twinslot-sdk)
install(EXPORT twinslot-sdk NAMESPACE twinslot:: FILE twinslot-sdk.cmake DESTINATION "${package_dir}")
get_property(libraries GLOBAL PROPERTY TWINSLOT_LIBRARIES)
list(REMOVE_ITEM libraries twinslot_console)
install(TARGETS twinslot_runtime ${libraries} EXPORT twinslot-runtime ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(EXPORT twinslot-runtime NAMESPACE twinslot:: FILE twinslot-runtime.cmake DESTINATION "${package_dir}")
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/twinslotConfig.cmake.in"
  "${CMAKE_BINARY_DIR}/installed/twinslotConfig.cmake" INSTALL_DESTINATION "${package_dir}" PATH_VARS TWINSLOT_LIBEXECDIR)
write_basic_package_version_file("${CMAKE_BINARY_DIR}/installed/twinslotConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_BINARY_DIR}/installed/twinslotConfig.cmake" "${CMAKE_BINARY_DIR}/installed/twinslotConfigVersion.cmake"
        "${PROJECT_SOURCE_DIR}/cmake/TwinslotPlugin.cmake" "${PROJECT_SOURCE_DIR}/cmake/plugin.map"
        "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake"
        DESTINATION "${package_dir}")
