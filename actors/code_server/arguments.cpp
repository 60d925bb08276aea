#include "actors/code_server/arguments.hpp"

#include "runtime/term/print.hpp"
#include "runtime/term/raised.hpp"

namespace twinslot::code_server {

void raise_function_clause(const char* function, const term* arguments, std::size_t count) {
  throw raised{"error"_atom, "function_clause", list(tuple("code", atom(function), list_of(arguments, count), term{}))};
}

atom module_argument(const char* function, const term* arguments, std::size_t count) {
  if (!arguments[0].is_atom())
    raise_function_clause(function, arguments, count);
  return arguments[0].as_atom();
}

std::optional<std::string> file_name(const term& name) {
  if (name.is_atom())
    return std::string(name.as_atom().text());
  std::string text;
  if (!name.is_list() || !chardata_to_utf8(name, text))
    return {};
  return text;
}

std::optional<std::vector<term>> elements_of(const term& list) {
  std::vector<term> all;
  term rest = list;
  for (; rest.is_cons(); rest = rest.tail())
    all.push_back(rest.head());
  if (!rest.is_nil())
    return {};
  return all;
}

term list_of_strings(const std::vector<std::string>& all) {
  std::vector<term> terms;
  for (const std::string& each : all)
    terms.push_back(string(each));
  return list_of_vector(terms);
}

term list_of_vector(const std::vector<term>& all) {
  return list_of(all.data(), all.size());
}
}  // namespace twinslot::code_server
