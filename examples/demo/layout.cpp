#include "examples/demo/layout.hpp"

#include <algorithm>

namespace twinslot::demo {
namespace {
constexpr int two_panes_from_columns = 100;
constexpr std::string_view plain = "", bold = "1", dim = "2", reverse = "7", green = "32", yellow = "33", cyan = "36";

struct span {
  std::string text;
  std::string_view colour;
};
using row = std::vector<span>;
using block = std::vector<row>;

bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

int width_of(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), begins_character));
}

// The bytes of the first `width` characters.
std::size_t bytes_of(std::string_view text, int width) {
  std::size_t at = 0;
  for (int seen = 0; at < text.size(); ++at)
    if (begins_character(text[at]) && ++seen > width)
      break;
  return at;
}

std::string repeated(std::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i)
    all += text;
  return all;
}

row fitted(const row& whole, int width) {
  row cut;
  for (const span& one : whole) {
    cut.push_back({one.text.substr(0, bytes_of(one.text, width)), one.colour});
    width -= width_of(cut.back().text);
  }
  cut.push_back({std::string(static_cast<std::size_t>(std::max(width, 0)), ' '), plain});
  return cut;
}

std::string painted(const row& whole) {
  std::string text;
  for (const span& one : whole)
    text += one.colour.empty() ? one.text : "\x1b[" + std::string(one.colour) + "m" + one.text + "\x1b[m";
  return text;
}

// Broken after `width` characters, as a terminal does it.
std::vector<std::string> broken(std::string_view text, int width) {
  std::vector<std::string> lines;
  do {
    const std::size_t end = bytes_of(text, std::max(width, 1));
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  } while (!text.empty());
  return lines;
}

// Broken between words.
std::vector<std::string> filled(std::string_view text, int width) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string word(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!lines.back().empty() && width_of(lines.back()) + 1 + width_of(word) > width)
      lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

// A frame of exactly this size; where there is too much, the end of it is shown.
block framed(const span& title, const block& content, int width, int height) {
  const int inner = std::max(width - 4, 1);
  const std::size_t room = static_cast<std::size_t>(std::max(height - 2, 0));
  const std::size_t skipped = content.size() > room ? content.size() - room : 0;
  block all;
  const std::string shown = title.text.substr(0, bytes_of(title.text, inner));
  all.push_back({{"┌ ", dim}, {shown, title.colour}, {" " + repeated("─", inner - width_of(shown)) + "┐", dim}});
  for (std::size_t i = 0; i < room; ++i) {
    row line{{"│ ", dim}};
    for (span& one : fitted(skipped + i < content.size() ? content[skipped + i] : row{}, inner))
      line.push_back(std::move(one));
    line.push_back({" │", dim});
    all.push_back(std::move(line));
  }
  all.push_back({{"└" + repeated("─", inner + 2) + "┘", dim}});
  return all;
}

block beside(const block& left, const block& right, int left_width, int right_width) {
  block all;
  for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    row line = fitted(i < left.size() ? left[i] : row{}, left_width);
    for (span& one : fitted(i < right.size() ? right[i] : row{}, right_width))
      line.push_back(std::move(one));
    all.push_back(std::move(line));
  }
  return all;
}

void add(block& all, block more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

block console_pane(const std::vector<std::string>& lines, int width, int height) {
  block content;
  for (const std::string& line : lines) {
    const bool is_typed = line.find("> ") != line.npos && line.find("> ") == line.find_first_not_of("0123456789");
    for (std::string& part : broken(line, width - 4))
      content.push_back({{std::move(part), is_typed ? bold : plain}});
  }
  if (!content.empty())
    content.back().push_back({" ", reverse});  // the cursor
  return framed({"console", plain}, content, width, height);
}

block client_pane(const std::vector<std::string>& lines, int width, int height) {
  block content;
  for (const std::string& line : lines)
    for (std::string& part : broken(line, width - 4))
      content.push_back({{std::move(part), line.starts_with("sent") ? bold : line.starts_with("recei") ? cyan : dim}});
  return framed({"client", plain}, content, width, height);
}

block slot_content(const picture& slots, std::string_view slot, int width) {
  block content;
  for (const resident& one : slots.residents) {
    if (one.slot != slot)
      continue;
    bool is_first = true;
    for (const std::string& text : about(one)) {
      for (std::string& part : broken(text, width - 4))
        content.push_back({{std::move(part), is_first ? bold : plain}});
      is_first = false;
    }
  }
  return content;
}

block slot_pane(const picture& slots, std::string_view slot, const std::string& vsn, std::string_view colour,
                int width) {
  block content = slot_content(slots, slot, width);
  if (content.empty() && vsn != "none")
    content.push_back({{"no process", dim}});
  const int height = std::max(static_cast<int>(content.size()), 3) + 2;
  const std::string title = std::string(slot) + ": " + (vsn == "none" ? "empty" : "version " + vsn);
  return framed({title, vsn == "none" ? dim : colour}, content, width, height);
}

block slots_beside(const picture& slots, int width) {
  const int left = width / 2;
  return beside(slot_pane(slots, "current", slots.current, green, left),
                slot_pane(slots, "old", slots.old, yellow, width - left), left, width - left);
}

block slots_stacked(const picture& slots, int width) {
  block all = slot_pane(slots, "current", slots.current, green, width);
  add(all, slot_pane(slots, "old", slots.old, yellow, width));
  return all;
}

block two_panes(const view& seen, int columns, int height) {
  constexpr int least_client_rows = 6;
  const int left = columns * 11 / 20;  // the console has the longer lines
  const int right = columns - left;
  const int room = height - (seen.has_client ? least_client_rows : 0);
  block slots = slots_stacked(seen.slots, right);
  if (static_cast<int>(slots.size()) > room)
    slots = slots_beside(seen.slots, right);
  block other;
  if (seen.has_client)
    other = client_pane(seen.client, right, std::max(height - static_cast<int>(slots.size()), 3));
  add(other, std::move(slots));
  return beside(console_pane(seen.console, left, height), other, left, right);
}

block one_column(const view& seen, int columns, int height) {
  block all = slots_beside(seen.slots, columns);
  int rest = height - static_cast<int>(all.size());
  if (seen.has_client) {
    const int client_rows = std::clamp(rest * 2 / 5, 3, 12);
    add(all, client_pane(seen.client, columns, client_rows));
    rest -= client_rows;
  }
  add(all, console_pane(seen.console, columns, std::max(rest, 3)));
  return all;
}

row title_row(const view& seen, int columns) {
  const std::string left = " " + seen.title;
  const std::string right = seen.progress + " ";
  const int gap = std::max(columns - width_of(left) - width_of(right), 1);
  return {{left + std::string(static_cast<std::size_t>(gap), ' ') + right, reverse}};
}
}  // namespace

std::vector<std::string> laid_out(const view& seen, int columns, int rows) {
  std::vector<std::string> said = filled(seen.said, columns - 2);
  said.resize(std::max<std::size_t>(said.size(), 3));
  const int height = std::max(rows - 2 - static_cast<int>(said.size()), 0);
  block all{title_row(seen, columns)};
  block body = columns >= two_panes_from_columns ? two_panes(seen, columns, height) : one_column(seen, columns, height);
  body.resize(static_cast<std::size_t>(height));
  add(all, std::move(body));
  for (const std::string& line : said)
    all.push_back({{" " + line, bold}});
  all.push_back({{" " + seen.keys, dim}});
  all.resize(static_cast<std::size_t>(std::max(rows, 0)));
  std::vector<std::string> texts;
  for (const row& one : all)
    texts.push_back(painted(fitted(one, columns)));
  return texts;
}
}  // namespace twinslot::demo
