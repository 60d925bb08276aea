#include "runtime/console/records.hpp"

#include <algorithm>

namespace twinslot::console {
namespace {
bool is_named(const term& names, atom name) {
  if (names.is_atom())
    return names == name;
  for (const term& one : names.elements_of_list())
    if (one == name)
      return true;
  return false;
}

// {Record, [{Field, Type, Default}]}; Record is '' for a state that is no record.
std::optional<record> record_of(const term& schema) {
  if (!schema.is_tuple(2) || !schema[0].is_atom() || schema[0] == "")
    return std::nullopt;
  record made{schema[0].as_atom(), {}};
  for (const term& entry : schema[1].elements_of_list())
    if (entry.is_tuple(3) && entry[0].is_atom())
      made.fields.push_back({entry[0].as_atom(), entry[2]});
  return made;
}

// A field as it was written in rd/2: name, or name = default.
record::field field_of(const term& written, const std::function<term(const term&)>& value) {
  if (written.is_tagged("atom"_atom, 3))
    return {written[2].as_atom(), std::nullopt};
  const bool has_default = written.is_tagged("match"_atom, 4) && written[2].is_tagged("atom"_atom, 3);
  if (!has_default)
    throw raised{"exit"_atom, string("bad record field"), {}};
  return {written[2][2].as_atom(), value(written[3])};
}
}  // namespace

std::optional<std::size_t> record::position(atom wanted) const noexcept {
  for (std::size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == wanted)
      return i;
  return std::nullopt;
}

term records::read(process& self, const term& module, const term& names) {
  if (!module.is_atom())
    return tuple("error", "invalid_filename");
  node& home = self.home();
  home.apply(self, "code"_atom, "ensure_loaded"_atom, {module});
  const code::pin version = home.code().pin_current(module.as_atom());
  if (!version)
    return tuple("error", "nofile");
  const abi::server* server = version->server();
  if (!server || !server->schema)
    return term{};
  raw_term schema = term().detach();
  server->schema(server->data, &schema);
  const auto made = record_of(term::adopt(schema));
  if (!made || !(names.is_nil() || is_named(names, made->name)))
    return term{};
  add(*made);
  return list(made->name);
}

term records::define(const term& name, const term& fields, const std::function<term(const term&)>& value) {
  if (!name.is_tagged("atom"_atom, 3))
    throw raised{"error"_atom, "function_clause", list(tuple("shell", "rd", 2, term{}))};
  if (!fields.is_tagged("tuple"_atom, 3))
    throw raised{"exit"_atom, string("bad record declaration"), {}};
  record made{name[2].as_atom(), {}};
  for (const term& one : fields[2].elements_of_list())
    made.fields.push_back(field_of(one, value));
  add(made);
  return made.name;
}

void records::add(record made) {
  std::lock_guard guard{mutex_};
  std::erase_if(all_, [&](const record& one) { return one.name == made.name; });
  const auto behind =
      std::find_if(all_.begin(), all_.end(), [&](const record& one) { return made.name.text() < one.name.text(); });
  all_.insert(behind, std::move(made));
}

void records::forget(const term& names) {
  std::lock_guard guard{mutex_};
  std::erase_if(all_, [&](const record& one) { return is_named(names, one.name); });
}

void records::forget_all() {
  std::lock_guard guard{mutex_};
  all_.clear();
}

std::string records::definitions(const term* names) const {
  std::lock_guard guard{mutex_};
  std::string text;
  for (const record& one : all_) {
    if (names && !is_named(*names, one.name))
      continue;
    std::string fields;
    for (const record::field& field : one.fields) {
      fields += (fields.empty() ? "" : ", ") + quoted(field.name);
      if (field.value)
        fields += " = " + to_text_p(*field.value, {.width = 0, .unicode = true});
    }
    text += "-record(" + quoted(one.name) + ",{" + fields + "}).\n";
  }
  return text;
}

std::optional<record> records::find(atom name) const {
  std::lock_guard guard{mutex_};
  for (const record& one : all_)
    if (one.name == name)
      return one;
  return std::nullopt;
}

const record_fields* records::shapes() const {
  static thread_local record_fields known;
  std::lock_guard guard{mutex_};
  known.clear();
  for (const record& one : all_) {
    std::vector<atom>& names = known[{one.name.index(), one.fields.size()}];
    for (const record::field& field : one.fields)
      names.push_back(field.name);
  }
  return all_.empty() ? nullptr : &known;
}
}  // namespace twinslot::console
