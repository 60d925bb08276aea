# How a module becomes a plugin: a library that the host can load beside another version of itself, and unload.
#
#     twinslot_add_plugin(counter counter.cpp)      # counter.so, from this tree and from an installed package alike
#
# The same flags, as plain text, are what c/1 compiles with: see twinslot_write_plugin_flags() below.
# Used by plugins/, tests/ and whoever calls find_package(twinslot).

# Position-independent and silent: nothing is exported but the descriptor. GNU_UNIQUE symbols (g++ makes them of inline
# variables and of statics in templates) would keep a library mapped for ever; clang never makes them. A term is two
# words: a compiler that joins them to one move of sixteen bytes makes it wait for the two stores before.
set(TWINSLOT_PLUGIN_COMPILE_FLAGS -fPIC -fvisibility=hidden -fvisibility-inlines-hidden -fno-tree-slp-vectorize)
set(TWINSLOT_GNU_ONLY_FLAGS "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND TWINSLOT_GNU_ONLY_FLAGS -fno-gnu-unique)
  # From 14 on g++ takes a lambda with a wrong format text for consteval, and complains of its caller without the reason.
  if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 14)
    list(APPEND TWINSLOT_GNU_ONLY_FLAGS -fno-immediate-escalation)
  endif()
endif()
list(APPEND TWINSLOT_PLUGIN_COMPILE_FLAGS ${TWINSLOT_GNU_ONLY_FLAGS} -DTWINSLOT_PLUGIN)

# g++ 12 makes some coroutines wrong, g++ 13 and 14 none: what it made is looked at (runtime/code/coroutine_check.hpp).
set(TWINSLOT_CHECKS_COROUTINES FALSE)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(TWINSLOT_CHECKS_COROUTINES TRUE)
endif()

# Every symbol is bound when the file is opened, to the plugin's own copy first. The build id names the version.
set(TWINSLOT_PLUGIN_LINK_FLAGS "-Wl,--version-script=${CMAKE_CURRENT_LIST_DIR}/plugin.map"
    -Wl,-z,now -Wl,-Bsymbolic -Wl,--build-id=sha1)

# A symbol that nobody defines is the linker's error, not the loader's. Sanitized code finds its runtime in the host.
if(NOT TWINSLOT_SANITIZE)
  list(APPEND TWINSLOT_PLUGIN_LINK_FLAGS -Wl,-z,defs)
endif()

# The fastest linker found: 54 ms with bfd, 30 with lld, 18 with mold for a small plugin.
include(CheckLinkerFlag)
foreach(linker mold lld)
  check_linker_flag(CXX -fuse-ld=${linker} TWINSLOT_HAS_${linker})
  if(TWINSLOT_HAS_${linker})
    list(APPEND TWINSLOT_PLUGIN_LINK_FLAGS -fuse-ld=${linker})
    break()
  endif()
endforeach()

# The helper program as a command; nothing where this machine cannot run it, and from a package without it.
function(twinslot_probe_command result)
  set(probe "")
  if(NOT CMAKE_CROSSCOMPILING OR CMAKE_CROSSCOMPILING_EMULATOR)
    if(TARGET twinslot-probe)
      set(probe ${CMAKE_CROSSCOMPILING_EMULATOR} "$<TARGET_FILE:twinslot-probe>")
    elseif(EXISTS "${TWINSLOT_PROBE}")
      set(probe ${CMAKE_CROSSCOMPILING_EMULATOR} "${TWINSLOT_PROBE}")
    endif()
  endif()
  set(${result} "${probe}" PARENT_SCOPE)
endfunction()

# Compiles the plugin's sources through the helper, which refuses a coroutine that came out wrong. With generators that
# know launchers: make and ninja.
function(twinslot_check_coroutines name)
  twinslot_probe_command(probe)
  if(NOT TWINSLOT_CHECKS_COROUTINES OR NOT probe)
    return()
  endif()
  set(launcher ${probe} --compile ${CMAKE_CXX_COMPILER_LAUNCHER})
  set_target_properties(${name} PROPERTIES CXX_COMPILER_LAUNCHER "${launcher}")
  if(TARGET twinslot-probe)
    add_dependencies(${name} twinslot-probe)
  endif()
endfunction()

# Stamps the plugin after each link: a loader knows it then when its file is damaged.
function(twinslot_stamp_plugin name)
  twinslot_probe_command(probe)
  if(NOT probe)
    return()
  endif()
  add_custom_command(TARGET ${name} POST_BUILD COMMAND ${probe} --stamp "$<TARGET_FILE:${name}>" VERBATIM)
  # An installation that wrote another RPATH into the file would damage it, so it is linked with the final one. Libraries
  # of the same project are found by the property INSTALL_RPATH: absolute paths, as a copy of the plugin is opened.
  set_target_properties(${name} PROPERTIES BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH_USE_LINK_PATH ON)
endfunction()

# twinslot_add_plugin(NAME [NOT_STAMPED] source...)
function(twinslot_add_plugin name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "NOT_STAMPED" "" "")
  set(sources ${ARG_UNPARSED_ARGUMENTS})
  if(NOT sources)
    message(FATAL_ERROR "twinslot_add_plugin(${name}): no source file given")
  endif()
  add_library(${name} MODULE ${sources})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" CXX_EXTENSIONS OFF)
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_options(${name} PRIVATE ${TWINSLOT_PLUGIN_COMPILE_FLAGS})
  target_link_options(${name} PRIVATE ${TWINSLOT_PLUGIN_LINK_FLAGS})
  target_link_libraries(${name} PRIVATE twinslot::sdk)
  if(TARGET twinslot_options)
    target_link_libraries(${name} PRIVATE twinslot_options)
  endif()
  twinslot_check_coroutines(${name})
  if(NOT ARG_NOT_STAMPED)
    twinslot_stamp_plugin(${name})
  endif()
endfunction()
