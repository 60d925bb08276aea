# The executable, and all that it needs at run time, laid out under the build directory as an install lays it out:
#   bin/twinslot, libexec/twinslot/twinslot-probe, libexec/twinslot/plugin_flags.txt, libexec/twinslot/sdk.pch.hpp
# The target runnable builds exactly that: what ./run needs.
add_custom_target(runnable)
set(TWINSLOT_LIBEXECDIR "${CMAKE_INSTALL_LIBEXECDIR}/twinslot")

# Everything that a CAF program links to have a node inside it.
add_library(twinslot_runtime INTERFACE)
add_library(twinslot::runtime ALIAS twinslot_runtime)
set_target_properties(twinslot_runtime PROPERTIES EXPORT_NAME runtime)
get_property(libraries GLOBAL PROPERTY TWINSLOT_LIBRARIES)
list(REMOVE_ITEM libraries twinslot_console)
target_link_libraries(twinslot_runtime INTERFACE ${libraries})

if(EXISTS "${PROJECT_SOURCE_DIR}/runtime/main.cpp" AND NOT TARGET twinslot)
  add_executable(twinslot "${PROJECT_SOURCE_DIR}/runtime/main.cpp")
  target_link_libraries(twinslot PRIVATE twinslot_console twinslot_runtime twinslot_options)
endif()
if(TARGET twinslot)
  set_target_properties(twinslot PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  add_dependencies(runnable twinslot)
endif()
if(TARGET twinslot-probe)
  set_target_properties(twinslot-probe PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${TWINSLOT_LIBEXECDIR}")
  add_dependencies(runnable twinslot-probe)
endif()
