#include "runtime/console/operators.hpp"

#include <unordered_map>

namespace twinslot::console {

const binary_operator* find_binary(atom sign) {
  static const auto table = [] {
    std::unordered_map<std::uint32_t, binary_operator> made;
    const auto add = [&](std::initializer_list<std::string_view> names, binary_operator how) {
      for (auto name : names)
        made.emplace(atom(name).index(), how);
    };
    add({"="}, {match_level, side::right, true});
    add({"!"}, {match_level, side::right, false});
    add({"orelse"}, {150, side::right, false});
    add({"andalso"}, {160, side::right, false});
    add({"==", "/=", "=<", "<", ">=", ">", "=:=", "=/="}, {comparison_level, side::none, true});
    add({"++", "--"}, {300, side::right, true});
    add({"+", "-", "bor", "bxor", "bsl", "bsr", "or", "xor"}, {400, side::left, true});
    add({"/", "*", "div", "rem", "band", "and"}, {500, side::left, true});
    return made;
  }();
  const auto found = table.find(sign.index());
  return found == table.end() ? nullptr : &found->second;
}

bool is_prefix(atom sign) {
  return sign == "-"_atom || sign == "+"_atom || sign == "not"_atom || sign == "bnot"_atom;
}
}  // namespace twinslot::console
