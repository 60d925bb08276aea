# What the programs of this project allocate with. docs/decisions/0012 says why.
add_library(twinslot_allocator INTERFACE)
find_package(mimalloc 2.0 QUIET)
if(TWINSLOT_SANITIZE)
  # A sanitizer brings its own.
elseif(mimalloc_FOUND)
  target_link_libraries(twinslot_allocator INTERFACE mimalloc)
  target_link_options(twinslot_allocator INTERFACE -Wl,--no-as-needed)
else()
  message(STATUS "mimalloc (libmimalloc-dev) was not found: messages will cost more, with the C library's malloc")
endif()
