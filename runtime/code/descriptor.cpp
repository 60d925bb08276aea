// runtime/code/descriptor.cpp
#include "runtime/code/descriptor.hpp"

#include "runtime/code/library.hpp"
#include "runtime/os/mapped.hpp"

#include <cstring>
#include <set>
#include <string>

namespace twinslot::code {
namespace {
// What the first SDK of this ABI number wrote; members that come later are optional.
constexpr std::uint32_t module_info_bytes = offsetof(abi::module_info, routines) + sizeof(void*);
constexpr std::uint32_t frames_bytes = offsetof(abi::frames, decide) + sizeof(void*);
constexpr std::uint32_t server_bytes = offsetof(abi::server, format_status) + sizeof(void*);
constexpr std::uint32_t function_limit = 65'536;
constexpr std::uint32_t arity_limit = 255;  // as Erlang's
constexpr std::size_t name_limit_bytes = 255 * 4;
constexpr std::size_t text_limit_bytes = 65'536;

error bad(term why) {
  return error{tuple("bad_descriptor", std::move(why))};
}

template <class Function>
bool is_code(const os::library_memory& memory, Function* function) {
  return memory.is_code(reinterpret_cast<const void*>(function));
}
/// Null, or what the plugin may leave out.
template <class Function>
bool is_code_or_null(const os::library_memory& memory, Function* function) {
  return function == nullptr || is_code(memory, function);
}
bool is_text_or_null(const os::library_memory& memory, const char* text) {
  return text == nullptr || memory.text(text, text_limit_bytes);
}

result<void> check_module(const os::library_memory& memory, const abi::module_info& info, std::string_view module) {
  const auto name = memory.text(info.name, name_limit_bytes);
  if (!name || *name != module)
    return bad(tuple("module_name", string(name.value_or(""))));
  if (!is_text_or_null(memory, info.vsn))
    return bad(tuple("no_memory", "vsn"));
  if (!is_text_or_null(memory, info.doc))
    return bad(tuple("no_memory", "doc"));
  if (!is_code_or_null(memory, info.on_load))
    return bad(tuple("no_code", "on_load"));
  if (!is_code_or_null(memory, info.close))
    return bad(tuple("no_code", "close"));
  return {};
}

result<void> check_functions(const os::library_memory& memory, const abi::module_info& info) {
  const std::uint32_t count = info.function_count;
  if (count != 0 && (count > function_limit || !memory.is_readable(info.functions, count * sizeof(abi::exported))))
    return bad(tuple("function", count, "count"));
  std::set<std::pair<std::string, std::uint32_t>> seen;
  for (std::uint32_t i = 0; i < count; ++i) {
    const abi::exported& one = info.functions[i];
    const auto name = memory.text(one.name, name_limit_bytes);
    if (!name || name->empty())
      return bad(tuple("function", i, "name"));
    const bool is_routine = one.start != nullptr;
    if (is_routine ? one.call != nullptr || !is_code(memory, one.start) : !is_code(memory, one.call))
      return bad(tuple("function", string(*name), "no_code"));
    if (!is_text_or_null(memory, one.doc))
      return bad(tuple("function", string(*name), "doc"));
    if (is_routine && info.routines == nullptr)
      return bad(tuple("no_memory", "routines"));
    if (one.arity > arity_limit)
      return bad(tuple("function", string(*name), tuple("arity", one.arity)));
    if (!seen.emplace(*name, one.arity).second)
      return bad(tuple("function", string(*name), "twice"));
  }
  return {};
}

result<void> check_routines(const os::library_memory& memory, const abi::frames* routines) {
  if (routines == nullptr)
    return {};
  if (!memory.is_readable(routines, sizeof routines->bytes))
    return bad(tuple("no_memory", "routines"));
  if (routines->bytes < frames_bytes)
    return bad(tuple("bytes", routines->bytes, frames_bytes));
  if (!memory.is_readable(routines, frames_bytes))
    return bad(tuple("no_memory", "routines"));
  if (!is_code(memory, routines->resume))
    return bad(tuple("no_code", "resume"));
  if (!is_code(memory, routines->offer))
    return bad(tuple("no_code", "offer"));
  if (!is_code(memory, routines->destroy))
    return bad(tuple("no_code", "destroy"));
  if (!is_code(memory, routines->decide))
    return bad(tuple("no_code", "decide"));
  return {};
}

result<void> check_server(const os::library_memory& memory, const abi::server* server) {
  if (server == nullptr)
    return {};
  if (!memory.is_readable(server, sizeof server->bytes))
    return bad(tuple("no_memory", "server"));
  if (server->bytes < server_bytes)
    return bad(tuple("bytes", server->bytes, server_bytes));
  if (!memory.is_readable(server, server_bytes))
    return bad(tuple("no_memory", "server"));
  if (!is_text_or_null(memory, server->registered))
    return bad(tuple("no_memory", "registered"));
  const struct {
    const char* name;
    bool good;
  } callbacks[] = {
      {"schema", is_code(memory, server->schema)},
      {"init", is_code(memory, server->init)},
      {"handle_call", is_code(memory, server->handle_call)},
      {"handle_cast", is_code(memory, server->handle_cast)},
      {"handle_info", is_code_or_null(memory, server->handle_info)},
      {"handle_continue", is_code_or_null(memory, server->handle_continue)},
      {"terminate", is_code_or_null(memory, server->terminate)},
      {"export_state", is_code(memory, server->export_state)},
      {"import_state", is_code(memory, server->import_state)},
      {"destroy_state", is_code(memory, server->destroy_state)},
      {"has_code_change", is_code(memory, server->has_code_change)},
      {"code_change", is_code(memory, server->code_change)},
      {"code_change_down", is_code(memory, server->code_change_down)},
      {"format_status", is_code_or_null(memory, server->format_status)},
  };
  for (const auto& callback : callbacks)
    if (!callback.good)
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

result<const abi::module_info*> describe(const library& file, const abi::host_table& host, std::string_view module) {
  const os::library_memory memory(file.path());
  if (!is_code(memory, file.entry()))
    return bad(tuple("no_code", "entry"));
  const abi::host_table before = host;
  auto found = call_entry(file.entry(), host);
  if (!found)
    return found;
  if (std::memcmp(&before, &host, sizeof host) != 0)  // the table has no padding
    return bad("wrote_host_table");
  const abi::module_info* info = *found;
  if (info == nullptr)
    return bad("host_too_old");
  if (!memory.is_readable(info, offsetof(abi::module_info, name)))
    return bad(tuple("no_memory", "module_info"));
  if (info->version != abi::version)
    return bad(tuple("version", info->version, abi::version));
  if (info->bytes < module_info_bytes)
    return bad(tuple("bytes", info->bytes, module_info_bytes));
  if (!memory.is_readable(info, module_info_bytes))
    return bad(tuple("no_memory", "module_info"));
  if (auto checked = check_module(memory, *info, module); !checked)
    return checked.error();
  if (auto checked = check_functions(memory, *info); !checked)
    return checked.error();
  if (auto checked = check_routines(memory, info->routines); !checked)
    return checked.error();
  if (auto checked = check_server(memory, info->behaviour); !checked)
    return checked.error();
  return info;
}
}  // namespace twinslot::code
