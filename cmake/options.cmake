# What every target of ours is compiled with, and the one way to declare a layer's library.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(TWINSLOT_SANITIZE "" CACHE STRING "Sanitizers of our own code, as -fsanitize takes them: address,undefined or thread")

add_library(twinslot_options INTERFACE)
# What is written word by word is read word by word (docs/decisions/0014): joined moves wait for the stores before them.
target_compile_options(twinslot_options INTERFACE -fno-tree-slp-vectorize
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)

# A warning is an error with the compilers that we build with; another one's new warning stops nobody.
set(known_compiler OFF)
if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13) OR
   (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 15))
  set(known_compiler ON)
endif()
option(TWINSLOT_WERROR "Warnings are errors" ${known_compiler})
if(TWINSLOT_WERROR)
  target_compile_options(twinslot_options INTERFACE -Werror)
endif()
# g++ 12 sees an overlap in "text" + std::string that is not there (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(twinslot_options INTERFACE -Wno-restrict)
endif()

if(TWINSLOT_SANITIZE)
  target_compile_options(twinslot_options INTERFACE -fsanitize=${TWINSLOT_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(twinslot_options INTERFACE -fsanitize=${TWINSLOT_SANITIZE})
endif()

# Plugins see the SDK and the terms, nothing else.
add_library(twinslot_sdk INTERFACE)
add_library(twinslot::sdk ALIAS twinslot_sdk)
set_target_properties(twinslot_sdk PROPERTIES EXPORT_NAME sdk)
target_compile_features(twinslot_sdk INTERFACE cxx_std_20)
target_include_directories(twinslot_sdk INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/runtime/sdk>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/twinslot> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

# A compiler cache is used where there is one.
find_program(TWINSLOT_CCACHE ccache)
if(TWINSLOT_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${TWINSLOT_CCACHE}")
endif()

# twinslot_library(term SOURCES a.cpp b.cpp LINK twinslot_x fmt::fmt)
function(twinslot_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
  add_library(twinslot_${name} STATIC ${ARG_SOURCES})
  set_target_properties(twinslot_${name} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY TWINSLOT_LIBRARIES twinslot_${name})
  target_compile_features(twinslot_${name} PUBLIC cxx_std_20)
  target_include_directories(twinslot_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/runtime/sdk>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/twinslot> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(twinslot_${name} PUBLIC ${ARG_LINK} PRIVATE $<BUILD_INTERFACE:twinslot_options> ${ARG_PRIVATE_LINK})
endfunction()
