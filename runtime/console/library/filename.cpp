// runtime/console/library/filename.cpp - filename: names of files, taken apart and put together. Nothing looks at a
// disk.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/os/file.hpp"

namespace twinslot::library {
namespace {

constexpr auto filename = "filename";

/// A name as UTF-8; a binary gives binaries, anything else lists.
struct name {
  std::string text;
  bool is_binary = false;
};
/// An atom, a binary or a deep list of characters and atoms; function_clause of `function` otherwise.
name take_name(const term& value, const char* function, std::initializer_list<term> args) {
  if (value.is_binary())
    return {std::string(value.bytes()), true};
  if (value.is_atom())
    return {std::string(value.as_atom().text()), false};
  if (!value.is_list())
    no_clause(filename, function, args);
  name made;
  terms open{value};
  while (!open.empty()) {
    const term next = std::move(open.back());
    open.pop_back();
    if (next.is_cons()) {
      open.push_back(next.tail());
      open.push_back(next.head());
    } else if (next.is_atom()) {
      made.text += next.as_atom().text();
    } else if (next.is_int64() && next.as_int64() >= 0 && next.as_int64() <= 0x10FFFF) {
      append_utf8(made.text, static_cast<char32_t>(next.as_int64()));
    } else if (!next.is_nil()) {
      no_clause(filename, function, args);
    }
  }
  return made;
}
term give(const name& like, std::string_view text) {
  return like.is_binary ? binary(text) : string(text);
}

/// Without double slashes and without one at the end.
std::string tidy(std::string_view text) {
  std::string made;
  for (char c : text)
    if (c != '/' || made.empty() || made.back() != '/')
      made.push_back(c);
  if (made.size() > 1 && made.back() == '/')
    made.pop_back();
  return made;
}
name joined(const name& first, const name& second) {
  name made{{}, first.is_binary || second.is_binary};
  made.text = tidy(second.text.starts_with('/') ? second.text : first.text + "/" + second.text);
  return made;
}
term join(process&, const term* a) {
  const name whole = joined(take_name(a[0], "join", {a[0], a[1]}), take_name(a[1], "join", {a[0], a[1]}));
  return give(whole, whole.text);
}
term join_all(process&, const term* a) {
  if (!a[0].is_cons())
    no_clause(filename, "join", {a[0]});
  const unrolled parts = unroll(a[0]);
  if (!parts.rest.is_nil())
    no_clause(filename, "join", {a[0]});
  name whole = take_name(parts.elements[0], "join", {a[0]});
  whole.text = tidy(whole.text);
  for (std::size_t i = 1; i < parts.elements.size(); ++i)
    whole = joined(whole, take_name(parts.elements[i], "join", {a[0]}));
  return give(whole, whole.text);
}
term append(process&, const term* a) {
  const name first = take_name(a[0], "append", {a[0], a[1]});
  const name second = take_name(a[1], "append", {a[0], a[1]});
  const name whole{first.text + "/" + second.text, first.is_binary || second.is_binary};
  return give(whole, whole.text);
}

/// Where the last part begins, in a name without a slash at its end.
std::size_t last_part(std::string_view text) {
  const std::size_t slash = text.rfind('/');
  return slash == std::string_view::npos ? 0 : slash + 1;
}
std::string base_of(std::string_view text) {
  while (text.ends_with('/'))
    text.remove_suffix(1);
  return std::string(text.substr(last_part(text)));
}
term basename(process&, const term* a) {
  const name whole = take_name(a[0], "basename", {a[0]});
  return give(whole, base_of(whole.text));
}
term basename_without(process&, const term* a) {
  const name whole = take_name(a[0], "basename", {a[0], a[1]});
  const name extension = take_name(a[1], "basename", {a[0], a[1]});
  std::string base = base_of(whole.text);
  if (base.ends_with(extension.text))
    base.resize(base.size() - extension.text.size());
  return give({{}, whole.is_binary || extension.is_binary}, base);
}
term dirname(process&, const term* a) {
  const name whole = take_name(a[0], "dirname", {a[0]});
  const std::size_t slash = whole.text.rfind('/');
  if (slash == std::string::npos)
    return give(whole, ".");
  std::string_view before = std::string_view(whole.text).substr(0, slash);
  while (before.ends_with('/'))
    before.remove_suffix(1);
  return give(whole, before.empty() ? "/" : before);
}

/// Where the extension begins; the end where there is none.
std::size_t extension_at(std::string_view text, bool leading_dot_counts) {
  const std::size_t dot = text.rfind('.');
  const std::size_t part = last_part(text);
  if (dot == std::string_view::npos || dot < part)
    return text.size();
  return dot > part || (leading_dot_counts && part == 0) ? dot : text.size();
}
term extension(process&, const term* a) {
  const name whole = take_name(a[0], "extension", {a[0]});
  return give(whole, std::string_view(whole.text).substr(extension_at(whole.text, false)));
}
term rootname(process&, const term* a) {
  const name whole = take_name(a[0], "rootname", {a[0]});
  return give(whole, std::string_view(whole.text).substr(0, extension_at(whole.text, true)));
}
term rootname_without(process&, const term* a) {
  name whole = take_name(a[0], "rootname", {a[0], a[1]});
  const name extension = take_name(a[1], "rootname", {a[0], a[1]});
  if (whole.text.ends_with(extension.text))
    whole.text.resize(whole.text.size() - extension.text.size());
  return give({{}, whole.is_binary || extension.is_binary}, whole.text);
}

term split(process&, const term* a) {
  const name whole = take_name(a[0], "split", {a[0]});
  terms parts;
  if (whole.text.starts_with('/'))
    parts.push_back(give(whole, "/"));
  for (std::size_t from = 0; from < whole.text.size();) {
    const std::size_t to = std::min(whole.text.find('/', from), whole.text.size());
    if (to > from)
      parts.push_back(give(whole, std::string_view(whole.text).substr(from, to - from)));
    from = to + 1;
  }
  return list_from(parts);
}
term pathtype(process&, const term* a) {
  return take_name(a[0], "pathtype", {a[0]}).text.starts_with('/') ? "absolute"_atom : "relative"_atom;
}
term flatten(process&, const term* a) {
  const name whole = take_name(a[0], "flatten", {a[0]});
  return give(whole, whole.text);
}
term nativename(process&, const term* a) {
  const name whole = take_name(a[0], "nativename", {a[0]});
  return give(whole, tidy(whole.text));
}
term absolute(const term& value, const name& directory, std::initializer_list<term> args) {
  const name whole = take_name(value, "absname", args);
  return give(whole, joined(directory, whole).text);
}
term absname(process&, const term* a) {
  const auto directory = os::current_dir();
  if (!directory)
    raise_error(tuple("badmatch", tuple("error", directory.reason())));
  return absolute(a[0], {*directory, false}, {a[0]});
}
term absname_from(process&, const term* a) {
  return absolute(a[0], take_name(a[1], "absname", {a[0], a[1]}), {a[0], a[1]});
}

constexpr native functions[] = {
    {filename, "absname", 1, absname, "absname(Filename)", "The name with the working directory before it."},
    {filename, "absname", 2, absname_from, "absname(Filename, Dir)", "The name with Dir before it."},
    {filename, "absname_join", 2, join, "absname_join(Dir, Filename)", "Dir/Filename."},
    {filename, "append", 2, append, "append(Name1, Name2)", "Name1/Name2 as they are."},
    {filename, "basename", 1, basename, "basename(Filename)", "The last part of the name."},
    {filename, "basename", 2, basename_without, "basename(Filename, Ext)", "The last part without that ending."},
    {filename, "dirname", 1, dirname, "dirname(Filename)", "What is before the last part."},
    {filename, "extension", 1, extension, "extension(Filename)", "From the last dot on."},
    {filename, "flatten", 1, flatten, "flatten(Filename)", "A deep name as a flat one."},
    {filename, "join", 1, join_all, "join(Components)", "The parts with slashes between them."},
    {filename, "join", 2, join, "join(Name1, Name2)", "Name1/Name2; Name2 alone if it is absolute."},
    {filename, "nativename", 1, nativename, "nativename(Path)", "The name as the system writes it."},
    {filename, "pathtype", 1, pathtype, "pathtype(Path)", "absolute or relative."},
    {filename, "rootname", 1, rootname, "rootname(Filename)", "The name without its extension."},
    {filename, "rootname", 2, rootname_without, "rootname(Filename, Ext)", "The name without that ending."},
    {filename, "split", 1, split, "split(Filename)", "The parts of the name."},
};
}  // namespace

std::span<const native> filename_functions() {
  return functions;
}
}  // namespace twinslot::library
