# What c/1 compiles a plugin with: a text file that the console reads, once for the build tree and once for an install,
# and the precompiled SDK header that it names. Both lie in libexec/twinslot beside twinslot-probe.
#
# Included by CMakeLists.txt only, after TwinslotPlugin.cmake, whose flags these are.

set(TWINSLOT_PCH_NAME sdk.pch.hpp)
set(TWINSLOT_PLUGIN_FLAGS_ABOUT "# How c/1 compiles a plugin. One argument of the command per line, in order; the first is the compiler.
# Lines that start with '#' are comments; empty lines don't count. In an argument, these words stand for
#   {here}    the directory of this file, so that an installed tree can be moved as a whole
#   {source}  the file to compile         (further options go to the end)
#   {output}  the plugin to write
#   {dump}    where the compiler tells what it made of coroutines; without any, the argument is left out
# Written by cmake/plugin_flags.cmake.
")

# What is put before the project's own flags: the language, and what a developer expects of a compiler. Whoever typed
# c(counter) waits: with all around it, -O1 takes 390 ms for counter_v1.cpp and -Og 300; line numbers for gdb and perf 30.
# A process that does nothing but receive runs at two thirds of its speed so; twinslot_add_plugin() compiles with the
# project's own flags.
# No warning for state{.count = 1}, which leaves the other fields their defaults. What is wrong with a plugin is said in
# one sentence (faults.hpp): of the way to it, the ends are enough.
set(language_flags -std=c++20 -Og -g1 -Wall -Wextra -Wno-missing-field-initializers -ftemplate-backtrace-limit=1)
if(TWINSLOT_SANITIZE)
  # A sanitized host loads sanitized plugins: their bugs are the point, and TSan must see both sides of a hand-over.
  list(APPEND language_flags -fsanitize=${TWINSLOT_SANITIZE} -fno-omit-frame-pointer)
endif()

# twinslot_write_plugin_flags(FILE INCLUDE dir... MAP file): writes the text above with the paths of one tree.
function(twinslot_write_plugin_flags file)
  cmake_parse_arguments(ARG "" "MAP" "INCLUDE" ${ARGN})
  list(TRANSFORM ARG_INCLUDE PREPEND -I)
  set(link_flags ${TWINSLOT_PLUGIN_LINK_FLAGS})
  list(TRANSFORM link_flags REPLACE "--version-script=.*" "--version-script=${ARG_MAP}")
  if(TWINSLOT_CHECKS_COROUTINES)
    set(dump_flag "-fdump-tree-original={dump}")
  endif()
  set(arguments "${CMAKE_CXX_COMPILER}" ${language_flags} ${TWINSLOT_PLUGIN_COMPILE_FLAGS} ${ARG_INCLUDE}
      -include "{here}/${TWINSLOT_PCH_NAME}" ${dump_flag} "{source}" -shared -o "{output}" ${link_flags})
  list(JOIN arguments "\n" text)
  file(CONFIGURE OUTPUT "${file}" CONTENT "${TWINSLOT_PLUGIN_FLAGS_ABOUT}${text}\n" @ONLY)
endfunction()

set(build_libexec "${CMAKE_BINARY_DIR}/${TWINSLOT_LIBEXECDIR}")
set(build_includes "${PROJECT_SOURCE_DIR}/runtime/sdk" "${PROJECT_SOURCE_DIR}")
twinslot_write_plugin_flags("${build_libexec}/plugin_flags.txt"
  INCLUDE ${build_includes} MAP "${PROJECT_SOURCE_DIR}/cmake/plugin.map")

# The wrapper, which a compiler without a fitting precompiled header reads instead.
file(CONFIGURE OUTPUT "${build_libexec}/${TWINSLOT_PCH_NAME}" CONTENT
  "// Included before every plugin that c/1 compiles; stands beside its precompiled form.\n#include <twinslot/gen_server.hpp>\n" @ONLY)

if(EXISTS "${PROJECT_SOURCE_DIR}/runtime/sdk/twinslot/gen_server.hpp")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(pch "${build_libexec}/${TWINSLOT_PCH_NAME}.gch")
  else()
    set(pch "${build_libexec}/${TWINSLOT_PCH_NAME}.pch")
  endif()
  list(TRANSFORM build_includes PREPEND -I OUTPUT_VARIABLE include_flags)
  # Beside its final name first: a compiler that is at work never reads half a file. The list of what it is made from
  # stays beside it: c/1 does without it once one of these has changed.
  add_custom_command(OUTPUT "${pch}"
    COMMAND "${CMAKE_CXX_COMPILER}" ${language_flags} ${TWINSLOT_PLUGIN_COMPILE_FLAGS} ${include_flags}
            -x c++-header "${build_libexec}/${TWINSLOT_PCH_NAME}" -o "${pch}.new" -MD -MT "${pch}" -MF "${pch}.d"
    COMMAND "${CMAKE_COMMAND}" -E copy "${pch}.d" "${build_libexec}/${TWINSLOT_PCH_NAME}.d"
    COMMAND "${CMAKE_COMMAND}" -E rename "${pch}.new" "${pch}"
    DEPFILE "${pch}.d" DEPENDS "${build_libexec}/${TWINSLOT_PCH_NAME}"
    COMMENT "Precompiling the SDK header for c/1" VERBATIM)
  add_custom_target(sdk_pch ALL DEPENDS "${pch}")
  add_dependencies(runnable sdk_pch)
endif()
