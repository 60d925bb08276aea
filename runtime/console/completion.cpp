#include "runtime/console/completion.hpp"

#include <algorithm>
#include <map>

namespace twinslot::console {
namespace {
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '@' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Where the string that the text ends in begins, after its quote; npos: it ends outside of one.
std::size_t open_string(std::string_view text) {
  std::size_t start = std::string_view::npos;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote) {
      if (c == '\\')
        ++i;
      else if (c == quote)
        quote = 0;
    } else if (c == '$') {
      ++i;
    } else if (c == '%') {
      return std::string_view::npos;
    } else if (c == '"' || c == '\'') {
      quote = c;
      start = i + 1;
    }
  }
  return quote == '"' ? start : std::string_view::npos;
}

// Candidates and what is put behind each if it is the only one; "" where two kinds of thing have the same name.
using candidates = std::map<std::string, std::string>;

void add(candidates& found, const std::vector<std::string>& texts, std::string_view start, const std::string& behind) {
  for (const std::string& text : texts)
    if (text.starts_with(start)) {
      const auto [at, is_new] = found.emplace(text, behind);
      if (!is_new && at->second != behind)
        at->second.clear();
    }
}

completions chosen(const candidates& found, std::size_t typed) {
  completions result;
  if (found.empty())
    return result;
  std::string common = found.begin()->first;
  for (const auto& [text, behind] : found) {
    const auto differs = std::mismatch(common.begin(), common.end(), text.begin(), text.end()).first;
    common.erase(differs, common.end());
  }
  result.insert = common.substr(std::min(typed, common.size()));
  if (found.size() == 1) {
    result.insert += found.begin()->second;
    return result;
  }
  for (const auto& [text, behind] : found)
    result.choices.push_back(text);
  return result;
}

completions file_names(std::string_view typed, const completion_world& world) {
  const std::size_t slash = typed.rfind('/');
  const std::string directory(slash == typed.npos ? "." : typed.substr(0, slash + 1));
  const std::string_view start = slash == typed.npos ? typed : typed.substr(slash + 1);
  candidates found;
  for (const std::string& name : world.files(directory))
    if (name.starts_with(start) && (start.starts_with('.') || !name.starts_with('.')))
      found.emplace(name, name.ends_with('/') ? "" : "\"");
  return chosen(found, start.size());
}
}  // namespace

completions complete(std::string_view before, const completion_world& world) {
  if (const std::size_t text = open_string(before); text != before.npos)
    return file_names(before.substr(text), world);
  std::size_t at = before.size();
  while (at > 0 && is_word(before[at - 1]))
    --at;
  const std::string_view word = before.substr(at);
  candidates found;
  if (at > 0 && before[at - 1] == ':') {
    std::size_t module_at = at - 1;
    while (module_at > 0 && is_word(before[module_at - 1]))
      --module_at;
    add(found, world.functions(std::string(before.substr(module_at, at - 1 - module_at))), word, "(");
  } else if (!word.empty() && ((word[0] >= 'A' && word[0] <= 'Z') || word[0] == '_')) {
    add(found, world.variables(), word, "");
  } else {
    add(found, world.modules(), word, ":");
    add(found, world.commands(), word, "(");
    add(found, world.names(), word, "");
  }
  return chosen(found, word.size());
}
}  // namespace twinslot::console
