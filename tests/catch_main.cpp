// tests/catch_main.cpp - main() of every test program, where Catch2 2 leaves it to us.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
