// tests/code/interleave.hpp - included before the code under test: what a step between two steps does in these tests.
#pragma once
#define TWINSLOT_INTERLEAVE() ::twinslot_test_interleave()
/// Lets other threads run, at random: mostly not, sometimes at once, rarely for long.
void twinslot_test_interleave();
