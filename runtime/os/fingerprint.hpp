// runtime/os/fingerprint.hpp - tells contents apart, some ten times as fast as MD5. No protection against an enemy.
//
// Each 8 bytes go into one of four lanes, by a step that gives different results for different bytes and for different
// states. So two texts of one length that differ within one of these never have the same fingerprint; others, by chance
// only. Source: the step is that of MurmurHash3's finalizer.
#pragma once
#include <string>
#include <string_view>

namespace twinslot::os {

/// 40 bytes.
std::string fingerprint_of(std::string_view bytes);
}  // namespace twinslot::os
