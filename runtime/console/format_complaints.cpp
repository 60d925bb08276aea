#include "runtime/console/format_complaints.hpp"

#include "runtime/term/print.hpp"

#include <optional>
#include <string_view>

namespace twinslot::console {
namespace {
enum class wanted { any, integer, floating, text };

// What a control sequence takes from the data, by its last letter; `w`, with a `W` after it for its depth.
constexpr std::string_view takes_nothing = "n~", takes_anything = "wpi#+", takes_integer = "cBb", takes_float = "efg";

struct scanned {
  std::vector<wanted> data;
  std::string invalid;  // empty: the format is one
};

bool is_in(char letter, std::string_view letters) {
  return letters.find(letter) != letters.npos;
}

/// ~F.P.PadModC: width, precision and padding, of which each may be a *, then modifiers and the letter.
class format_scanner {
public:
  explicit format_scanner(std::string_view text) : text_(text) {}
  scanned all() {
    while (found_.invalid.empty() && (at_ = text_.find('~', at_)) != text_.npos) {
      ++at_;
      sequence();
    }
    return std::move(found_);
  }

private:
  bool at(char letter) const { return at_ < text_.size() && text_[at_] == letter; }
  void number() {
    if (at('*')) {
      found_.data.push_back(wanted::integer);
      ++at_;
      return;
    }
    at_ += at('-');
    while (at_ < text_.size() && is_in(text_[at_], "0123456789"))
      ++at_;
  }
  void sequence() {
    number();
    if (at('.')) {
      ++at_;
      number();
    }
    if (at('.'))
      at_ += 2;
    while (at('t') || at('l') || at('k') || at('K'))
      ++at_;
    if (at_ >= text_.size()) {
      found_.invalid = "truncated";
      return;
    }
    control(text_[at_++]);
  }
  void control(char letter) {
    if (is_in(letter, takes_anything))
      found_.data.push_back(wanted::any);
    else if (is_in(letter, takes_integer))
      found_.data.push_back(wanted::integer);
    else if (is_in(letter, takes_float))
      found_.data.push_back(wanted::floating);
    else if (letter == 's')
      found_.data.push_back(wanted::text);
    else if (letter == 'W' || letter == 'P')
      found_.data.insert(found_.data.end(), {wanted::any, wanted::integer});
    else if (letter == 'X' || letter == 'x')
      found_.data.insert(found_.data.end(), {wanted::integer, wanted::any});
    else if (!is_in(letter, takes_nothing))
      found_.invalid = std::string("invalid control ~") + letter;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  scanned found_;
};

/// The name of the type that `value` should be of; null: it is.
const char* misses(wanted what, const term& value) {
  switch (what) {
    case wanted::integer: return value.is_integer() ? nullptr : "integer";
    case wanted::floating: return value.is_number() ? nullptr : "float";
    case wanted::text: return value.is_list() || value.is_binary() || value.is_atom() ? nullptr : "string";
    case wanted::any: break;
  }
  return nullptr;
}

std::optional<std::string> text_of_format(const term& format) {
  if (format.is_atom())
    return std::string(format.as_atom().text());
  std::string text;
  if (!chardata_to_utf8(format, text))
    return {};
  return text;
}
}  // namespace

std::pair<int, std::string> format_complaint(const std::vector<term>& given) {
  const int format_at = given.size() == 3 ? 2 : 1;
  const term data = given.size() == 1 ? term{} : given.back();
  const auto text = text_of_format(given[static_cast<std::size_t>(format_at) - 1]);
  if (!text)
    return {format_at, "not a valid format string"};
  const scanned found = format_scanner(*text).all();
  if (!found.invalid.empty())
    return {format_at, "format string invalid (" + found.invalid + ")"};
  if (!data.is_list())
    return {format_at + 1, "not a list"};
  std::vector<term> values;
  for (const term& value : data.elements_of_list())
    values.push_back(value);
  if (values.size() != found.data.size())
    return {format_at, "wrong number of arguments"};
  for (std::size_t i = 0; i < values.size(); ++i)
    if (const char* type = misses(found.data[i], values[i]))
      return {format_at + 1, "element " + std::to_string(i + 1) + " must be of type " + type};
  return {format_at, "failed to format string"};
}
}  // namespace twinslot::console
