# What the sanitizers are told in every test, whoever starts ctest. Only for a build with TWINSLOT_SANITIZE.
if(NOT TWINSLOT_SANITIZE)
  return()
endif()
set(suppressions "${PROJECT_SOURCE_DIR}/tests/suppressions")
file(CONFIGURE OUTPUT "${CMAKE_BINARY_DIR}/sanitizer_environment.cmake" CONTENT [[
# Two versions of a plugin hold the same global names on purpose: that is no violation of the one-definition rule.
set(ENV{ASAN_OPTIONS} "detect_odr_violation=0:detect_stack_use_after_return=1:allocator_may_return_null=1")
set(ENV{LSAN_OPTIONS} "suppressions=@suppressions@/lsan.txt:print_suppressions=0")
set(ENV{UBSAN_OPTIONS} "halt_on_error=1:print_stacktrace=1:suppressions=@suppressions@/ubsan.txt")
set(ENV{TSAN_OPTIONS} "halt_on_error=1:second_deadlock_stack=1:history_size=7:suppressions=@suppressions@/tsan.txt")
# Sessions compile plugins, and compilers take several times as long.
set(ENV{PLAY_SECONDS} 600)
]] @ONLY)
set_property(DIRECTORY "${PROJECT_SOURCE_DIR}" APPEND PROPERTY TEST_INCLUDE_FILES
  "${CMAKE_BINARY_DIR}/sanitizer_environment.cmake")
