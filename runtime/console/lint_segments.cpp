#include "runtime/console/lint_segments.hpp"

#include "runtime/term/print.hpp"

#include <algorithm>
#include <array>

namespace twinslot::console {
namespace {
constexpr std::array<std::string_view, 9> types = {"integer", "float", "binary", "bytes", "bitstring",
                                                   "bits",    "utf8",  "utf16",  "utf32"};

std::string_view property_of(std::string_view word) {
  if (std::find(types.begin(), types.end(), word) != types.end())
    return "type";
  if (word == "signed" || word == "unsigned")
    return "sign";
  if (word == "big" || word == "little" || word == "native")
    return "endianness";
  return {};
}
std::string_view same_type(std::string_view word) {
  return word == "bytes" ? "binary" : word == "bits" ? "bitstring" : word;
}

struct properties {
  std::string_view type, sign, endianness;
  term unit;
  std::string_view& of(std::string_view name) { return name == "type" ? type : name == "sign" ? sign : endianness; }
};

// Reads the words into `found`; the text of the first contradiction.
std::string read_words(const term& words, properties& found) {
  if (!words.is_list())
    return {};
  for (const term& word : words.elements_of_list()) {
    if (word.is_tuple(2)) {
      const bool is_unit =
          word[0] == "unit" && word[1].is_int64() && word[1].as_int64() >= 1 && word[1].as_int64() <= 256;
      if (!is_unit)
        return "bit type " + to_text_p(word) + " undefined";
      if (!found.unit.is_nil() && !(found.unit == word[1]))
        return "conflict in unit specification for bit field: " + to_text_p(word[1]) + " and " + to_text_p(found.unit);
      found.unit = word[1];
      continue;
    }
    const std::string_view name = property_of(word.as_atom().text());
    if (name.empty())
      return "bit type " + quoted(word.as_atom()) + " undefined";
    std::string_view& former = found.of(name);
    const std::string_view now = same_type(word.as_atom().text());
    if (!former.empty() && former != now)
      return "conflict in " + std::string(name) + " specification for bit field: '" + std::string(now) + "' and '" +
             std::string(former) + "'";
    former = now;
  }
  return {};
}
}  // namespace

std::string segment_error(const term& element) {
  properties found;
  if (auto text = read_words(element[4], found); !text.empty())
    return text;
  const bool has_size = !(element[3] == "default");
  const bool has_unit = !found.unit.is_nil();
  if (found.type.starts_with("utf")) {
    if (has_size || has_unit)
      return "neither size nor unit must be given for segments of type utf8/utf16/utf32";
  } else if (has_unit && !has_size && found.type != "binary" && found.type != "bitstring") {
    return "a bit unit size must not be specified unless a size is specified too";
  }
  return {};
}

bool takes_the_rest(const term& element) {
  properties found;
  read_words(element[4], found);
  return element[3] == "default" && (found.type == "binary" || found.type == "bitstring");
}
}  // namespace twinslot::console
