#include "runtime/process/module_info.hpp"

#include "runtime/code/version.hpp"

namespace twinslot {
namespace {
term exports_of(const std::vector<const native*>& natives, const code::version* current) {
  std::vector<term> all;
  for (const native* one : natives)
    all.push_back(tuple(atom(one->name), std::int64_t{one->arity}));
  if (current)
    for (std::uint32_t i = 0; i < current->info().function_count; ++i) {
      const abi::exported& one = current->info().functions[i];
      all.push_back(tuple(atom(one.name), std::int64_t{one.arity}));
    }
  all.push_back(tuple("module_info", 0));
  all.push_back(tuple("module_info", 1));
  return list_of(all.data(), all.size());
}

// As the compiler writes attributes: the value in a list, unless it is one.
term attributes_of(const code::version* current) {
  if (!current)
    return {};
  const term vsn = tuple("vsn", current->vsn().is_list() ? current->vsn() : list(current->vsn()));
  return current->server() ? list(tuple("behaviour", list("gen_server")), vsn) : list(vsn);
}
}  // namespace

std::optional<term> module_info(const node& home, atom module, const code::version* current, const term* key) {
  const auto natives = home.natives_of(module);
  if (!current && natives.empty())
    return {};
  const auto value_of = [&](const term& wanted) -> std::optional<term> {
    if (wanted == "module")
      return module;
    if (wanted == "exports" || wanted == "functions")
      return exports_of(natives, current);
    if (wanted == "attributes")
      return attributes_of(current);
    if (wanted == "compile" || wanted == "nifs")
      return term{};
    if (wanted == "md5")
      return current ? current->md5() : term("undefined");
    if (wanted == "native")
      return term(false);
    return {};
  };
  if (key) {
    if (auto value = value_of(*key))
      return value;
    throw raised{
        "error"_atom, "badarg",
        list(tuple("erlang", "get_module_info", list(module, *key), term{}), tuple(module, "module_info", 1, term{}))};
  }
  const auto entry = [&](const char* name) { return tuple(atom(name), *value_of(atom(name))); };
  if (!current)
    return list(entry("module"), entry("exports"), entry("attributes"), entry("compile"));
  return list(entry("module"), entry("exports"), entry("attributes"), entry("compile"), entry("md5"));
}
}  // namespace twinslot
