#include "runtime/os/unwinding.hpp"

#include <unwind.h>
#include <cstdint>
#include <cstring>
#include <typeinfo>

namespace twinslot::os {

namespace {
// The forms of a number in these tables (the DWARF standard's, and the Linux Standard Base's for exceptions).
constexpr std::uint8_t left_out = 0xFF, form_mask = 0x0F, relative_to_place = 0x10, indirect = 0x80;

/// Reads a table from front to end.
class reader {
public:
  explicit reader(const std::uint8_t* at) noexcept : at_(at) {}
  const std::uint8_t* at() const noexcept { return at_; }

  std::uint8_t byte() noexcept { return *at_++; }
  std::uint64_t unsigned_leb() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
      const std::uint8_t next = byte();
      value |= std::uint64_t{next & 0x7Fu} << shift;
      if ((next & 0x80) == 0)
        return value;
    }
  }
  std::int64_t signed_leb() noexcept {
    std::uint64_t value = 0;
    unsigned shift = 0;
    std::uint8_t next = 0;
    do {
      next = byte();
      value |= std::uint64_t{next & 0x7Fu} << shift;
      shift += 7;
    } while ((next & 0x80) != 0);
    if (shift < 64 && (next & 0x40) != 0)
      value |= ~std::uint64_t{0} << shift;
    return static_cast<std::int64_t>(value);
  }
  std::uint64_t number(std::uint8_t form) noexcept {
    const auto place = reinterpret_cast<std::uintptr_t>(at_);
    std::uint64_t value = plain(form & form_mask);
    if (value != 0 && (form & 0x70) == relative_to_place)
      value += place;
    if (value != 0 && (form & indirect) != 0)
      std::memcpy(&value, reinterpret_cast<const void*>(value), sizeof value);
    return value;
  }

private:
  template <class Number>
  std::uint64_t fixed() noexcept {
    Number value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  }
  std::uint64_t plain(std::uint8_t form) noexcept {
    switch (form) {
      case 0x01: return unsigned_leb();
      case 0x02: return fixed<std::uint16_t>();
      case 0x03: return fixed<std::uint32_t>();
      case 0x09: return static_cast<std::uint64_t>(signed_leb());
      case 0x0A: return fixed<std::int16_t>();
      case 0x0B: return fixed<std::int32_t>();
      default: return fixed<std::uint64_t>();
    }
  }
  const std::uint8_t* at_;
};

std::size_t size_of(std::uint8_t form) noexcept {
  switch (form & form_mask) {
    case 0x02:
    case 0x0A: return 2;
    case 0x03:
    case 0x0B: return 4;
    default: return 8;
  }
}

/// clang makes a landing pad of its own for a noexcept function: it calls a function that calls std::terminate.
bool terminates(const std::uint8_t* landing_pad) noexcept {
#ifdef __x86_64__
  constexpr std::uint8_t passes_and_calls[] = {0x48, 0x89, 0xC7, 0xE8};  // mov %rax,%rdi; call
  if (std::memcmp(landing_pad, passes_and_calls, sizeof passes_and_calls) != 0)
    return false;
  std::int32_t distance = 0;
  std::memcpy(&distance, landing_pad + 4, sizeof distance);
  const std::uint8_t* called = landing_pad + 8 + distance;
  constexpr std::uint8_t frame_begins[] = {0x55, 0x48, 0x89, 0xE5};  // push %rbp; mov %rsp,%rbp
  const bool has_frame = std::memcmp(called, frame_begins, sizeof frame_begins) == 0;
  if (!has_frame && *called != 0x50)  // push %rax
    return false;
  called += has_frame ? sizeof frame_begins : 1;
  return called[0] == 0xE8 && called[5] == 0xE8;  // call; call
#else
  static_cast<void>(landing_pad);
  return false;
#endif
}

enum class at_frame { passes, caught, terminates };

/// What becomes of the exception in one frame, by the frame's table.
at_frame look(const std::uint8_t* table, std::uintptr_t function, std::uintptr_t in,
              std::string_view type_name) noexcept {
  reader head(table);
  const std::uint8_t pads_form = head.byte();
  const std::uintptr_t pads = pads_form == left_out ? function : head.number(pads_form);
  const std::uint8_t type_form = head.byte();
  const std::uint8_t* types = nullptr;
  if (type_form != left_out) {
    const auto distance = head.unsigned_leb();
    types = head.at() + distance;
  }
  const std::uint8_t call_form = head.byte();
  const auto calls_bytes = head.unsigned_leb();
  const std::uint8_t* const actions = head.at() + calls_bytes;
  for (reader calls(head.at()); calls.at() < actions;) {
    const auto begin = calls.number(call_form);
    const auto length = calls.number(call_form);
    const auto pad = calls.number(call_form);
    const auto action = calls.unsigned_leb();
    if (in < function + begin)
      break;
    if (in >= function + begin + length)
      continue;
    if (pad == 0 || action == 0)
      return at_frame::passes;
    for (const std::uint8_t* record = actions + action - 1; record != nullptr;) {
      reader one(record);
      const auto filter = one.signed_leb();
      const std::uint8_t* const place = one.at();
      const auto next = one.signed_leb();
      if (filter > 0) {
        const auto type = reinterpret_cast<const std::type_info*>(
            reader(types - static_cast<std::size_t>(filter) * size_of(type_form)).number(type_form));
        if (type == nullptr)
          return terminates(reinterpret_cast<const std::uint8_t*>(pads + pad)) ? at_frame::terminates
                                                                               : at_frame::caught;
        if (type_name == type->name())
          return at_frame::caught;
      }
      record = next == 0 ? nullptr : place + next;
    }
    return at_frame::passes;
  }
  return at_frame::terminates;  // a call without an entry may not throw
}

struct search {
  std::uintptr_t where;
  std::string_view type_name;
  bool begun = false;
  at_frame found = at_frame::passes;
};

_Unwind_Reason_Code visit(_Unwind_Context* frame, void* data) {
  auto& mine = *static_cast<search*>(data);
  int is_before = 0;
  auto in = _Unwind_GetIPInfo(frame, &is_before);
  if (!mine.begun && in != mine.where)
    return _URC_NO_REASON;
  mine.begun = true;
  if (is_before == 0)
    --in;  // the call, not what comes after it
  const auto* const table = static_cast<const std::uint8_t*>(_Unwind_GetLanguageSpecificData(frame));
  if (table != nullptr)
    mine.found = look(table, _Unwind_GetRegionStart(frame), in, mine.type_name);
  return mine.found == at_frame::passes ? _URC_NO_REASON : _URC_NORMAL_STOP;
}
}  // namespace

bool would_terminate(const void* where, std::string_view type_name) noexcept {
  search mine{reinterpret_cast<std::uintptr_t>(where), type_name};
  _Unwind_Backtrace(visit, &mine);
  return mine.found == at_frame::terminates;
}
}  // namespace twinslot::os
