// runtime/console/library/logger_config.cpp - logger: which reports are written. The levels are the node's
// (runtime/process/log_levels.hpp); filters and handlers of one's own are not there: the only handler is `default`, the
// console.
#include "runtime/console/library/arguments.hpp"
#include "runtime/console/library/tables.hpp"
#include "runtime/process/log_levels.hpp"

namespace twinslot::library {
namespace {

constexpr auto logger = "logger";
constexpr auto metadata_key = "$logger_metadata$";

/// A level's name, with all and none; `crash` is none.
std::optional<int> level_from(const term& name) {
  if (!name.is_atom() || name == "crash"_atom)
    return {};
  return log_levels::of(name.as_atom());
}
term error_of(term reason) {
  return tuple("error"_atom, std::move(reason));
}
term level_term(int level) {
  return log_levels::name_of(level);
}

// The primary level.
term get_primary_config(process& self, const term*) {
  return map()
      .with("level", level_term(self.home().levels().primary()))
      .with("filter_default", "log")
      .with("filters", term{})
      .with("metadata", map());
}
/// [] where it was taken, or the reason why not.
term set_primary(process& self, const term& key, const term& value) {
  if (key == "level"_atom) {
    const auto level = level_from(value);
    if (!level)
      return tuple("invalid_level", value);
    self.home().levels().primary(*level);
    return {};
  }
  const bool is_as_it_is = (key == "filter_default"_atom && value == "log"_atom) ||
                           (key == "filters"_atom && value.is_nil()) ||
                           (key == "metadata"_atom && value.is_map() && value.size() == 0);
  if (is_as_it_is)
    return {};
  const bool is_known = key == "filter_default"_atom || key == "filters"_atom || key == "metadata"_atom;
  return is_known ? tuple("not_supported", key) : tuple("invalid_primary_config", tuple(key, value));
}
term answer(const term& reason) {
  return reason.is_nil() ? term("ok") : error_of(reason);
}
term set_primary_config_2(process& self, const term* a) {
  return answer(set_primary(self, a[0], a[1]));
}
term update_primary_config(process& self, const term* a) {
  if (!a[0].is_map())
    return error_of(tuple("invalid_config", a[0]));
  const int before = self.home().levels().primary();
  for (const term& entry : a[0].to_list().elements_of_list())
    if (const term reason = set_primary(self, entry[0], entry[1]); !reason.is_nil()) {
      self.home().levels().primary(before);
      return error_of(reason);
    }
  return "ok";
}
/// As update, but what is left out is as it was at the start.
term set_primary_config_1(process& self, const term* a) {
  const int before = self.home().levels().primary();
  if (a[0].is_map() && !a[0].get("level"))
    self.home().levels().primary(log_levels::notice);
  const term done = update_primary_config(self, a);
  if (!(done == "ok"_atom))
    self.home().levels().primary(before);
  return done;
}

// Modules' own levels.
/// One module or a list of them; empty: neither.
std::optional<std::vector<atom>> modules_from(const term& given) {
  if (given.is_atom())
    return std::vector{given.as_atom()};
  if (!is_proper(given))
    return {};
  std::vector<atom> all;
  for (const term& one : given.elements_of_list()) {
    if (!one.is_atom())
      return {};
    all.push_back(one.as_atom());
  }
  return all;
}
term set_module_level(process& self, const term* a) {
  const auto modules = modules_from(a[0]);
  if (!modules)
    return error_of(tuple("not_a_list_of_modules", a[0]));
  const auto level = level_from(a[1]);
  if (!level)
    return error_of(tuple("invalid_level", a[1]));
  for (const atom module : *modules)
    self.home().levels().set_module(module, *level);
  return "ok";
}
term unset_module_level_1(process& self, const term* a) {
  const auto modules = modules_from(a[0]);
  if (!modules)
    return error_of(tuple("not_a_list_of_modules", a[0]));
  for (const atom module : *modules)
    self.home().levels().unset_module(module);
  return "ok";
}
term unset_module_level_0(process& self, const term*) {
  self.home().levels().unset_modules();
  return "ok";
}
term get_module_level_0(process& self, const term*) {
  terms all;
  for (const auto& [module, level] : self.home().levels().modules())
    all.push_back(tuple(module, level_term(level)));
  return list_from(all);
}
term get_module_level_1(process& self, const term* a) {
  const auto modules = modules_from(a[0]);
  if (!modules)
    no_clause(logger, "get_module_level", {a[0]});
  terms all;
  for (const auto& [module, level] : self.home().levels().modules())
    if (std::find(modules->begin(), modules->end(), module) != modules->end())
      all.push_back(tuple(module, level_term(level)));
  return list_from(all);
}

// The handler, which is the console.
term get_handler_ids(process&, const term*) {
  return list("default");
}
term get_handler_config(process& self, const term* a) {
  if (!(a[0] == "default"_atom))
    return error_of(tuple("not_found", a[0]));
  return tuple("ok", map().with("id", "default").with("level", level_term(self.home().levels().handler())));
}
term set_handler_config(process& self, const term* a) {
  if (!(a[0] == "default"_atom))
    return error_of(tuple("not_found", a[0]));
  if (!(a[1] == "level"_atom))
    return error_of(tuple("not_supported", a[1]));
  const auto level = level_from(a[2]);
  if (!level)
    return error_of(tuple("invalid_level", a[2]));
  self.home().levels().handler(*level);
  return "ok";
}

// Comparing.
term allow(process& self, const term* a) {
  const auto level = level_from(a[0]);
  if (!a[1].is_atom())
    no_clause(logger, "allow", {a[0], a[1]});
  if (!level)
    no_clause("logger_config", "less_or_equal_level", {a[0], self.home().levels().primary()});
  return self.home().levels().passes(*level, a[1].as_atom());
}
term compare_levels(process&, const term* a) {
  const auto first = level_from(a[0]), second = level_from(a[1]);
  if (!first || !second)
    raise_badarg();
  return *first == *second ? "eq" : *first < *second ? "gt" : "lt";
}

// What a process adds to its reports: kept, as OTP keeps it, in the process dictionary. The console shows none of it.
term get_process_metadata(process& self, const term*) {
  const term* found = self.dictionary().get(atom(metadata_key));
  return found ? *found : term("undefined");
}
term set_process_metadata(process& self, const term* a) {
  if (!a[0].is_map())
    raise_badarg();
  self.dictionary() = self.dictionary().with(atom(metadata_key), a[0]);
  return "ok";
}
term update_process_metadata(process& self, const term* a) {
  if (!a[0].is_map())
    raise_badarg();
  term merged = get_process_metadata(self, nullptr);
  if (!merged.is_map())
    merged = map();
  for (const term& entry : a[0].to_list().elements_of_list())
    merged = merged.with(entry[0], entry[1]);
  return set_process_metadata(self, &merged);
}
term unset_process_metadata(process& self, const term*) {
  self.dictionary() = self.dictionary().without(atom(metadata_key));
  return "ok";
}

constexpr native functions[] = {
    {logger, "get_primary_config", 0, get_primary_config, "get_primary_config()", "The level of all reports."},
    {logger, "set_primary_config", 1, set_primary_config_1, "set_primary_config(#{level => Level})",
     "Reports below that level are not written."},
    {logger, "set_primary_config", 2, set_primary_config_2, "set_primary_config(level, Level)",
     "Reports below that level are not written; also all, none."},
    {logger, "update_primary_config", 1, update_primary_config, "update_primary_config(#{level => Level})",
     "The same; what is left out stays."},
    {logger, "set_module_level", 2, set_module_level, "set_module_level(Modules, Level)",
     "For these modules' reports this level holds."},
    {logger, "unset_module_level", 0, unset_module_level_0, "unset_module_level()",
     "No module has a level of its own."},
    {logger, "unset_module_level", 1, unset_module_level_1, "unset_module_level(Modules)",
     "For these modules the primary level holds again."},
    {logger, "get_module_level", 0, get_module_level_0, "get_module_level()", "[{Module, Level}]."},
    {logger, "get_module_level", 1, get_module_level_1, "get_module_level(Modules)", "[{Module, Level}] of these."},
    {logger, "get_handler_ids", 0, get_handler_ids, "get_handler_ids()", "[default]: the console."},
    {logger, "get_handler_config", 1, get_handler_config, "get_handler_config(HandlerId)", "{ok, Config}."},
    {logger, "set_handler_config", 3, set_handler_config, "set_handler_config(default, level, Level)",
     "The console shows nothing below that level."},
    {logger, "allow", 2, allow, "allow(Level, Module)", "Whether the levels let such a report through."},
    {logger, "compare_levels", 2, compare_levels, "compare_levels(Level1, Level2)", "eq, gt (graver) or lt."},
    {logger, "get_process_metadata", 0, get_process_metadata, "get_process_metadata()", "A map, or undefined."},
    {logger, "set_process_metadata", 1, set_process_metadata, "set_process_metadata(Meta)",
     "metadata of the reports that this process logs; ok"},
    {logger, "update_process_metadata", 1, update_process_metadata, "update_process_metadata(Meta)",
     "adds to the metadata of this process; ok"},
    {logger, "unset_process_metadata", 0, unset_process_metadata, "unset_process_metadata()",
     "no metadata any more; ok"},
};
}  // namespace

std::span<const native> logger_settings() {
  return functions;
}
}  // namespace twinslot::library
