// runtime/code/descriptor.cpp
#include "runtime/code/descriptor.hpp"

#include <cstring>
#include <set>
#include <string>

namespace twinslot::code {
namespace {
// What the first SDK of this ABI number wrote; members that come later are optional.
constexpr std::uint32_t module_info_bytes = offsetof(abi::module_info, close) + sizeof(void*);
constexpr std::uint32_t server_bytes = offsetof(abi::server, format_status) + sizeof(void*);
constexpr std::uint32_t function_limit = 65'536;
constexpr std::uint32_t arity_limit = 255;  // as Erlang's
constexpr std::size_t name_limit_bytes = 255 * 4;

error bad(term why) {
  return error{tuple("bad_descriptor", std::move(why))};
}

result<void> check_functions(const abi::module_info& info) {
  if (info.function_count > function_limit || (info.function_count != 0 && info.functions == nullptr))
    return bad(tuple("function", info.function_count, "count"));
  std::set<std::pair<std::string_view, std::uint32_t>> seen;
  for (std::uint32_t i = 0; i < info.function_count; ++i) {
    const abi::exported& one = info.functions[i];
    if (one.name == nullptr || *one.name == 0 || ::strnlen(one.name, name_limit_bytes + 1) > name_limit_bytes)
      return bad(tuple("function", i, "name"));
    if ((one.call == nullptr) == (one.start == nullptr) || (one.start && info.routines == nullptr))
      return bad(tuple("function", string(one.name), "no_code"));
    if (one.arity > arity_limit)
      return bad(tuple("function", string(one.name), tuple("arity", one.arity)));
    if (!seen.emplace(one.name, one.arity).second)
      return bad(tuple("function", string(one.name), "twice"));
  }
  return {};
}

result<void> check_server(const abi::server* server) {
  if (server == nullptr)
    return {};
  if (server->bytes < server_bytes)
    return bad(tuple("bytes", server->bytes, server_bytes));
  const struct {
    const char* name;
    bool there;
  } needed[] = {
      {"schema", server->schema != nullptr},
      {"init", server->init != nullptr},
      {"handle_call", server->handle_call != nullptr},
      {"handle_cast", server->handle_cast != nullptr},
      {"export_state", server->export_state != nullptr},
      {"import_state", server->import_state != nullptr},
      {"destroy_state", server->destroy_state != nullptr},
      {"has_code_change", server->has_code_change != nullptr},
      {"code_change", server->code_change != nullptr},
      {"code_change_down", server->code_change_down != nullptr},
  };
  for (const auto& callback : needed)
    if (!callback.there)
      return bad(tuple("server", atom(callback.name)));
  return {};
}

/// Nothing that the plugin throws leaves this function: the thrown object lives in the plugin.
result<const abi::module_info*> call_entry(abi::entry entry, const abi::host_table& host) {
  try {
    return entry(&host);
  } catch (...) {
    return bad("threw");
  }
}
}  // namespace

result<const abi::module_info*> describe(abi::entry entry, const abi::host_table& host, std::string_view module) {
  const abi::host_table before = host;
  auto found = call_entry(entry, host);
  if (!found)
    return found;
  if (std::memcmp(&before, &host, sizeof host) != 0)  // the table has no padding
    return bad("wrote_host_table");
  const abi::module_info* info = *found;
  if (info == nullptr)
    return bad("host_too_old");
  if (info->version != abi::version)
    return bad(tuple("version", info->version, abi::version));
  if (info->bytes < module_info_bytes)
    return bad(tuple("bytes", info->bytes, module_info_bytes));
  if (info->name == nullptr || info->name != module)
    return bad(tuple("module_name", string(info->name ? info->name : "")));
  if (auto functions = check_functions(*info); !functions)
    return functions.error();
  if (auto server = check_server(info->behaviour); !server)
    return server.error();
  return info;
}
}  // namespace twinslot::code
