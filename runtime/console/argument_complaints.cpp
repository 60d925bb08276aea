#include "runtime/console/argument_complaints.hpp"

#include "runtime/console/format_complaints.hpp"
#include "runtime/term/print.hpp"

#include <algorithm>

namespace twinslot::console {
namespace {
// One letter per argument: what it has to be (see `complaint`).
struct expectation {
  std::string_view name;
  std::string_view arguments;
};
constexpr expectation expectations[] = {
    {"abs", "n"},
    {"alias", "l"},
    {"atom_to_binary", "a"},
    {"atom_to_binary", "ae"},
    {"atom_to_list", "a"},
    {"apply", "aal"},
    {"binary_part", "b."},
    {"binary_part", "bxx"},
    {"binary_to_atom", "b"},
    {"binary_to_atom", "be"},
    {"binary_to_existing_atom", "b"},
    {"binary_to_existing_atom", "be"},
    {"binary_to_float", "b"},
    {"binary_to_integer", "b"},
    {"binary_to_integer", "bI"},
    {"binary_to_list", "b"},
    {"binary_to_list", "bxx"},
    {"binary_to_term", "b"},
    {"bit_size", "B"},
    {"bitstring_to_list", "B"},
    {"byte_size", "B"},
    {"cancel_timer", "r"},
    {"ceil", "n"},
    {"check_old_code", "a"},
    {"check_process_code", "pa"},
    {"demonitor", "r"},
    {"demonitor", "rl"},
    {"element", "xt"},
    {"float", "n"},
    {"float_to_binary", "F"},
    {"float_to_binary", "Fl"},
    {"float_to_list", "F"},
    {"float_to_list", "Fl"},
    {"floor", "n"},
    {"hd", "L"},
    {"integer_to_binary", "i"},
    {"integer_to_binary", "iI"},
    {"integer_to_list", "i"},
    {"integer_to_list", "iI"},
    {"iolist_size", "o"},
    {"iolist_to_binary", "o"},
    {"is_function", ".x"},
    {"is_process_alive", "p"},
    {"length", "l"},
    {"link", "p"},
    {"list_to_atom", "l"},
    {"list_to_binary", "O"},
    {"list_to_existing_atom", "l"},
    {"list_to_float", "l"},
    {"list_to_integer", "l"},
    {"list_to_integer", "lI"},
    {"list_to_pid", "l"},
    {"list_to_tuple", "l"},
    {"module_loaded", "a"},
    {"monitor", "..l"},
    {"node", "p"},
    {"pid_to_list", "p"},
    {"process_info", "p"},
    {"process_info", "p."},
    {"ref_to_list", "r"},
    {"register", "aP"},
    {"round", "n"},
    {"setelement", "xt."},
    {"size", "S"},
    {"spawn", "f"},
    {"spawn", "af"},
    {"spawn", "aal"},
    {"spawn", "aaal"},
    {"spawn_link", "f"},
    {"spawn_link", "af"},
    {"spawn_link", "aal"},
    {"spawn_link", "aaal"},
    {"spawn_monitor", "f"},
    {"spawn_monitor", "af"},
    {"spawn_monitor", "aal"},
    {"spawn_monitor", "aaal"},
    {"spawn_opt", "fw"},
    {"spawn_opt", "aalw"},
    {"split_binary", "bx"},
    {"system_info", "."},
    {"tl", "L"},
    {"trunc", "n"},
    {"tuple_size", "t"},
    {"tuple_to_list", "t"},
    {"unalias", "r"},
    {"unlink", "p"},
    {"whereis", "a"},
};

// Where every argument is of its type and a value is wrong: which, and what to say of it.
struct wrong_value {
  std::string_view name;
  std::size_t position;
  std::string_view text;
};
constexpr wrong_value wrong_values[] = {
    {"alias", 1, "invalid option in list"},
    {"monitor", 3, "invalid option in list"},
    {"binary_to_float", 1, "not a textual representation of a float"},
    {"binary_to_integer", 1, "not a textual representation of an integer"},
    {"binary_to_term", 1, "invalid external representation of a term"},
    {"list_to_atom", 1, "not a list of characters"},
    {"list_to_float", 1, "not a textual representation of a float"},
    {"list_to_integer", 1, "not a textual representation of an integer"},
    {"list_to_pid", 1, "not a textual representation of a pid"},
    {"element", 1, "out of range"},
    {"process_info", 2, "invalid item or item list"},
    {"setelement", 1, "out of range"},
    {"system_info", 1, "invalid system info item"},
};

bool is_proper_list(term value) {
  while (value.is_cons())
    value = value.tail();
  return value.is_nil();
}

bool are_spawn_options(const term& options) {
  for (const term& one : options.elements_of_list())
    if (!(one == "link" || one == "monitor" || one.is_tuple(2)))
      return false;
  return true;
}

// Of process_flag/2.
std::string_view flag_complaint(const term& flag) {
  return flag == "trap_exit" || flag == "priority" ? "invalid value for this process flag" : "invalid process flag";
}

std::string memory_complaint(const term& types) {
  if (types.is_atom())
    return "invalid memory type option";
  bool are_atoms = types.is_cons();
  term rest = types;
  for (; rest.is_cons(); rest = rest.tail())
    are_atoms = are_atoms && rest.head().is_atom();
  return are_atoms && rest.is_nil() ? "invalid option in list" : "not an atom or a list of atoms";
}

std::string_view complaint(char expected, const term& value) {
  std::string text;
  const bool is_encoding = value == "latin1" || value == "utf8" || value == "unicode";
  switch (expected) {
    case 'a': return value.is_atom() ? "" : "not an atom";
    case 'b': return value.is_binary() ? "" : "not a binary";
    case 'B': return value.is_bitstring() ? "" : "not a bitstring";
    case 'e': return is_encoding ? "" : "not one of the atoms: latin1, utf8, or unicode";
    case 'F': return value.is_float() ? "" : "not a float";
    case 'f': return value.is_fun() ? "" : "not a fun";
    case 'i': return value.is_integer() ? "" : "not an integer";
    case 'I':
      return value.is_int64() && value.as_int64() >= 2 && value.as_int64() <= 36
                 ? ""
                 : "not an integer in the range 2 through 36";
    case 'l': return is_proper_list(value) ? "" : "not a list";
    case 'L': return value.is_cons() ? "" : "not a nonempty list";
    case 'n': return value.is_number() ? "" : "not a number";
    case 'o': return iodata_to_bytes(value, text) ? "" : "not an iodata term";
    case 'O': return value.is_list() && iodata_to_bytes(value, text) ? "" : "not an iolist term";
    case 'p': return value.is_pid() ? "" : "not a pid";
    case 'P': return value.is_pid() || value.is_port() ? "" : "not a pid or port";
    case 'r': return value.is_reference() ? "" : "not a reference";
    case 'S': return value.is_tuple() || value.is_binary() ? "" : "not tuple or binary";
    case 't': return value.is_tuple() ? "" : "not a tuple";
    case 'w': return !is_proper_list(value) ? "not a list" : are_spawn_options(value) ? "" : "invalid spawn option";
    case 'x': return !value.is_integer() ? "not an integer" : compare(value, 0) < 0 ? "out of range" : "";
    default: return "";
  }
}
}  // namespace

std::vector<std::pair<int, std::string>> argument_complaints(const term& reason, atom module, atom function,
                                                             const term& arguments) {
  std::vector<std::pair<int, std::string>> found;
  std::vector<term> given;
  for (const term& argument : arguments.elements_of_list())
    given.push_back(argument);
  const auto position_of = [&](const term& wanted) {
    return static_cast<int>(std::find(given.begin(), given.end(), wanted) - given.begin()) + 1;
  };
  const auto count = static_cast<int>(given.size());
  if (reason.is_tagged("badmap"_atom, 2) || reason.is_tagged("badkey"_atom, 2)) {
    const int at = position_of(reason[1]);
    if (at <= count)
      found.emplace_back(at, reason[0] == "badmap"_atom ? "not a map" : "not present in map");
    return found;
  }
  if (module == "io"_atom && function == "format"_atom && reason == "badarg" && count >= 1 && count <= 3)
    return {format_complaint(given)};
  if (module == "math"_atom && reason == "badarith" && (count == 1 || function == "fmod"_atom))
    return {{count, "is outside the domain for this function"}};
  if (module == "math"_atom && reason == "badarg") {
    for (int i = 0; i < count; ++i)
      if (!given[static_cast<std::size_t>(i)].is_number())
        found.emplace_back(i + 1, "not a number");
    return found;
  }
  if (!(module == "erlang"_atom) || !(reason == "badarg"))
    return found;
  const std::string_view name = function.text();
  if (name == "process_flag" && given.size() == 2) {
    const std::string_view text = flag_complaint(given[0]);
    found.emplace_back(text == "invalid process flag" ? 1 : 2, text);
    return found;
  }
  if (name == "memory" && given.size() == 1)
    return {{1, memory_complaint(given[0])}};
  for (const expectation& known : expectations) {
    if (known.name != name || known.arguments.size() != given.size())
      continue;
    for (std::size_t i = 0; i < given.size(); ++i)
      if (const auto text = complaint(known.arguments[i], given[i]); !text.empty())
        found.emplace_back(static_cast<int>(i) + 1, text);
    if (found.empty())
      for (const wrong_value& wrong : wrong_values)
        if (wrong.name == name)
          found.emplace_back(static_cast<int>(wrong.position), wrong.text);
  }
  return found;
}
}  // namespace twinslot::console
