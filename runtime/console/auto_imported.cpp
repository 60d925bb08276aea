// Which functions of module erlang need no module name, and which a guard may call: facts about OTP 25.
#include "runtime/console/evaluator.hpp"

#include <algorithm>
#include <iterator>

namespace twinslot::console {
namespace {
struct function {
  std::string_view name;
  unsigned arities;  // bit N: arity N
  friend bool operator<(const function& a, std::string_view b) { return a.name < b; }
};
constexpr unsigned a0 = 1, a1 = 2, a2 = 4, a3 = 8, a4 = 16, a5 = 32;

// Sorted by name.
constexpr function imported[] = {
    {"abs", a1},
    {"alias", a0 | a1},
    {"apply", a2 | a3},
    {"atom_to_binary", a1 | a2},
    {"atom_to_list", a1},
    {"binary_part", a2 | a3},
    {"binary_to_atom", a1 | a2},
    {"binary_to_existing_atom", a1 | a2},
    {"binary_to_float", a1},
    {"binary_to_integer", a1 | a2},
    {"binary_to_list", a1 | a3},
    {"binary_to_term", a1 | a2},
    {"bit_size", a1},
    {"bitstring_to_list", a1},
    {"byte_size", a1},
    {"ceil", a1},
    {"check_old_code", a1},
    {"check_process_code", a2 | a3},
    {"date", a0},
    {"delete_module", a1},
    {"demonitor", a1 | a2},
    {"disconnect_node", a1},
    {"element", a2},
    {"erase", a0 | a1},
    {"error", a1 | a2 | a3},
    {"exit", a1 | a2},
    {"float", a1},
    {"float_to_binary", a1 | a2},
    {"float_to_list", a1 | a2},
    {"floor", a1},
    {"garbage_collect", a0 | a1 | a2},
    {"get", a0 | a1},
    {"get_keys", a0 | a1},
    {"group_leader", a0 | a2},
    {"halt", a0 | a1 | a2},
    {"hd", a1},
    {"integer_to_binary", a1 | a2},
    {"integer_to_list", a1 | a2},
    {"iolist_size", a1},
    {"iolist_to_binary", a1},
    {"is_alive", a0},
    {"is_atom", a1},
    {"is_binary", a1},
    {"is_bitstring", a1},
    {"is_boolean", a1},
    {"is_float", a1},
    {"is_function", a1 | a2},
    {"is_integer", a1},
    {"is_list", a1},
    {"is_map", a1},
    {"is_map_key", a2},
    {"is_number", a1},
    {"is_pid", a1},
    {"is_port", a1},
    {"is_process_alive", a1},
    {"is_record", a2 | a3},
    {"is_reference", a1},
    {"is_tuple", a1},
    {"length", a1},
    {"link", a1},
    {"list_to_atom", a1},
    {"list_to_binary", a1},
    {"list_to_bitstring", a1},
    {"list_to_existing_atom", a1},
    {"list_to_float", a1},
    {"list_to_integer", a1 | a2},
    {"list_to_pid", a1},
    {"list_to_port", a1},
    {"list_to_ref", a1},
    {"list_to_tuple", a1},
    {"load_module", a2},
    {"make_ref", a0},
    {"map_get", a2},
    {"map_size", a1},
    {"max", a2},
    {"min", a2},
    {"module_loaded", a1},
    {"monitor", a2 | a3},
    {"monitor_node", a2},
    {"node", a0 | a1},
    {"nodes", a0 | a1 | a2},
    {"now", a0},
    {"open_port", a2},
    {"pid_to_list", a1},
    {"port_close", a1},
    {"port_command", a2 | a3},
    {"port_connect", a2},
    {"port_control", a3},
    {"port_to_list", a1},
    {"pre_loaded", a0},
    {"process_flag", a2 | a3},
    {"process_info", a1 | a2},
    {"processes", a0},
    {"purge_module", a1},
    {"put", a2},
    {"ref_to_list", a1},
    {"register", a2},
    {"registered", a0},
    {"round", a1},
    {"self", a0},
    {"setelement", a3},
    {"size", a1},
    {"spawn", a1 | a2 | a3 | a4},
    {"spawn_link", a1 | a2 | a3 | a4},
    {"spawn_monitor", a1 | a2 | a3 | a4},
    {"spawn_opt", a2 | a3 | a4 | a5},
    {"spawn_request", a1 | a2 | a3 | a4 | a5},
    {"spawn_request_abandon", a1},
    {"split_binary", a2},
    {"statistics", a1},
    {"term_to_binary", a1 | a2},
    {"term_to_iovec", a1 | a2},
    {"throw", a1},
    {"time", a0},
    {"tl", a1},
    {"trunc", a1},
    {"tuple_size", a1},
    {"tuple_to_list", a1},
    {"unalias", a1},
    {"unlink", a1},
    {"unregister", a1},
    {"whereis", a1},
};

// Sorted by name. `is_record` wants a literal name there, which is not checked.
constexpr function in_guards[] = {
    {"abs", a1},
    {"binary_part", a2 | a3},
    {"bit_size", a1},
    {"byte_size", a1},
    {"ceil", a1},
    {"element", a2},
    {"float", a1},
    {"floor", a1},
    {"hd", a1},
    {"is_atom", a1},
    {"is_binary", a1},
    {"is_bitstring", a1},
    {"is_boolean", a1},
    {"is_float", a1},
    {"is_function", a1 | a2},
    {"is_integer", a1},
    {"is_list", a1},
    {"is_map", a1},
    {"is_map_key", a2},
    {"is_number", a1},
    {"is_pid", a1},
    {"is_port", a1},
    {"is_record", a2 | a3},
    {"is_reference", a1},
    {"is_tuple", a1},
    {"length", a1},
    {"map_get", a2},
    {"map_size", a1},
    {"node", a0 | a1},
    {"round", a1},
    {"self", a0},
    {"size", a1},
    {"tl", a1},
    {"trunc", a1},
    {"tuple_size", a1},
};

template <std::size_t N>
bool contains(const function (&table)[N], atom name, std::size_t arity) {
  const auto text = name.text();
  const auto found = std::lower_bound(std::begin(table), std::end(table), text);
  return found != std::end(table) && found->name == text && arity < 32 && (found->arities >> arity & 1) != 0;
}
}  // namespace

bool is_auto_imported(atom name, std::size_t arity) {
  return contains(imported, name, arity);
}

bool is_guard_function(atom name, std::size_t arity) {
  return contains(in_guards, name, arity);
}

namespace {
bool is_guard_operator(const term& e) {
  const term& sign = e[2];
  return !(sign == "!"_atom || sign == "++"_atom || sign == "--"_atom);
}

bool all_guards(const term& expressions) {
  for (const term& e : expressions.elements_of_list())
    if (!is_guard_expression(e))
      return false;
  return true;
}

bool is_guard_call(const term& e) {
  std::size_t arity = 0;
  for (term rest = e[3]; rest.is_cons(); rest = rest.tail())
    ++arity;
  const term& function = e[2];
  const bool is_remote = function[0] == "remote"_atom;
  if (is_remote && !(function[2].is_tagged("atom"_atom, 3) && function[2][2] == "erlang"_atom))
    return false;
  const term& name = is_remote ? function[3] : function;
  return name[0] == "atom"_atom && is_guard_function(name[2].as_atom(), arity) && all_guards(e[3]);
}
}  // namespace

bool is_guard_expression(const term& e) {
  const term* at = &e;
  while (at->is_tagged("op"_atom, 5)) {  // long chains lean to the left
    if (!is_guard_operator(*at) || !is_guard_expression((*at)[4]))
      return false;
    at = &(*at)[3];
  }
  while (at->is_tagged("cons"_atom, 4)) {  // and lists to the right
    if (!is_guard_expression((*at)[2]))
      return false;
    at = &(*at)[3];
  }
  const term& what = (*at)[0];
  if (what == "op"_atom)
    return at->is_tuple(4) ? is_guard_operator(*at) && is_guard_expression((*at)[3]) : is_guard_expression(*at);
  if (what == "tuple"_atom)
    return all_guards((*at)[2]);
  if (what == "call"_atom)
    return is_guard_call(*at);
  if (what == "map"_atom) {
    if (at->is_tuple(4) && !is_guard_expression((*at)[2]))
      return false;
    for (const term& field : (*at)[at->is_tuple(4) ? 3 : 2].elements_of_list())
      if (!is_guard_expression(field[2]) || !is_guard_expression(field[3]))
        return false;
    return true;
  }
  if (what == "bin"_atom) {
    for (const term& element : (*at)[2].elements_of_list())
      if (!is_guard_expression(element[2]) || (element[3].is_tuple() && !is_guard_expression(element[3])))
        return false;
    return true;
  }
  return what == "integer"_atom || what == "float"_atom || what == "char"_atom || what == "string"_atom ||
         what == "atom"_atom || what == "var"_atom || what == "nil"_atom || what == "value"_atom;
}
}  // namespace twinslot::console
