# How a module becomes a plugin: a library that the host can load beside another version of itself, and unload.
#
#     twinslot_add_plugin(counter counter.cpp)      # counter.so, from this tree and from an installed package alike
#
# The same flags, as plain text, are what c/1 compiles with: see twinslot_write_plugin_flags() below.
# Used by plugins/, tests/ and whoever calls find_package(twinslot).

# Position-independent and silent: nothing is exported but the descriptor. GNU_UNIQUE symbols (g++ makes them of inline
# variables and of statics in templates) would keep a library mapped for ever; clang never makes them.
set(TWINSLOT_PLUGIN_COMPILE_FLAGS -fPIC -fvisibility=hidden -fvisibility-inlines-hidden)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND TWINSLOT_PLUGIN_COMPILE_FLAGS -fno-gnu-unique)
endif()
list(APPEND TWINSLOT_PLUGIN_COMPILE_FLAGS -DTWINSLOT_PLUGIN)

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

function(twinslot_add_plugin name)
  if(NOT ARGN)
    message(FATAL_ERROR "twinslot_add_plugin(${name}): no source file given")
  endif()
  add_library(${name} MODULE ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "" SUFFIX ".so" CXX_EXTENSIONS OFF)
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_options(${name} PRIVATE ${TWINSLOT_PLUGIN_COMPILE_FLAGS})
  target_link_options(${name} PRIVATE ${TWINSLOT_PLUGIN_LINK_FLAGS})
  target_link_libraries(${name} PRIVATE twinslot::sdk)
  if(TARGET twinslot_options)
    target_link_libraries(${name} PRIVATE twinslot_options)
  endif()
endfunction()
