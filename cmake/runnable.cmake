# runnable: what ./run needs built, laid out under the build directory as an install lays it out under its prefix:
#   bin/twinslot, libexec/twinslot/twinslot-probe, libexec/twinslot/plugin_flags.txt, libexec/twinslot/sdk.pch.hpp
add_custom_target(runnable)
set(TWINSLOT_LIBEXECDIR "${CMAKE_INSTALL_LIBEXECDIR}/twinslot")
if(TARGET twinslot)
  set_target_properties(twinslot PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
  add_dependencies(runnable twinslot)
endif()
if(TARGET twinslot-probe)
  set_target_properties(twinslot-probe PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/${TWINSLOT_LIBEXECDIR}")
  add_dependencies(runnable twinslot-probe)
endif()
