// tests/library/fuzz_test.cpp - arguments of every kind to every native: it returns or raises, and nothing else.
#include "tests/catch.hpp"
#include "tests/library/world.hpp"

#include <random>
#include <set>

using namespace twinslot;

namespace {
/// Not called here: they end the program or this process, wait, or change the world outside.
bool is_dangerous(const native& each) {
  static const std::set<std::string> names = {
      "erlang:halt",          "erlang:exit",      "erlang:process_flag", "erlang:display",
      "timer:sleep",          "timer:exit_after", "timer:kill_after",    "timer:send_interval",
      "timer:apply_interval", "os:cmd",           "os:putenv",           "os:unsetenv",
      "file:change_mode",     "file:copy",        "file:del_dir",        "file:del_dir_r",
      "file:delete",          "file:make_dir",    "file:make_link",      "file:make_symlink",
      "file:rename",          "file:set_cwd",     "file:write_file",     "filelib:ensure_dir",
      "filelib:ensure_path"};
  return names.count(std::string(each.module) + ":" + each.name) != 0;
}

class generator {
public:
  explicit generator(std::uint64_t seed, std::vector<term> known) : random_(seed), known_(std::move(known)) {}

  term any(int depth = 0) {
    switch (below(depth > 3 ? 12 : 20)) {
      case 0: return small_integer();
      case 1: return std::int64_t{1} << (below(2) ? below(20) : 40 + below(23));  // between: gigabytes, slowly
      case 2: return big();
      case 3: return static_cast<double>(small_integer()) / 3;
      case 4: return atom_of();
      case 5: return text();
      case 6: return binary(bytes());
      case 7: return bits();
      case 8: return term{};
      case 9: return fun();
      case 10: return known_[below(known_.size())];
      case 11: return below(2) ? 1.0e300 : -0.0;
      case 12:
      case 13: return list_of_any(depth, term{});
      case 14: return list_of_any(depth, any(depth + 1));
      case 15:
      case 16: return tuple_of_any(depth);
      case 17: return map_of_any(depth);
      case 18: return pairs(depth);
      default: return numbers();
    }
  }

private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  std::int64_t small_integer() { return static_cast<std::int64_t>(below(40)) - 8; }
  term big() {
    term value = std::uint64_t{0xFFFFFFFFFFFFFFFF};
    return below(2) ? value : tuple("neg", value);
  }
  term atom_of() {
    static const char* const names[] = {
        "true", "false",  "a",    "error",   "all",   "infinity", "leading", "trailing", "both",      "utf8", "latin1",
        "ok",   "second", "none", "process", "short", "compact",  "runtime", "decimals", "undefined", "",     "normal"};
    return atom(names[below(std::size(names))]);
  }
  std::string bytes() {
    std::string made(below(12), '\0');
    for (char& c : made)
      c = static_cast<char>(below(3) ? 'a' + below(4) : below(256));
    return made;
  }
  term text() { return below(4) ? bytes_list(bytes()) : string("\u00e9x\u0301\U0001F468"); }
  term bits() {
    raw_term raw = binary(bytes() + "x").detach();
    raw.aux = static_cast<std::uint32_t>(below(8));
    auto* cell = static_cast<binary_cell*>(raw.box);
    const_cast<char*>(cell->data)[cell->size - 1] = static_cast<char>(0x80 << 0);
    raw.aux = raw.aux > 7 ? 0 : raw.aux;
    return term::adopt(raw);
  }
  term fun() {
    static const struct {
      const char* module;
      const char* name;
      int arity;
    } funs[] = {{"erlang", "is_atom", 1}, {"erlang", "abs", 1},  {"erlang", "+", 2},   {"erlang", "<", 2},
                {"lists", "sublist", 3},  {"erlang", "self", 0}, {"lists", "last", 1}, {"erlang", "tuple_to_list", 1}};
    const auto& one = funs[below(std::size(funs))];
    return external_fun(atom(one.module), atom(one.name), static_cast<std::uint64_t>(one.arity));
  }
  std::vector<term> several(int depth) {
    std::vector<term> made;
    for (std::size_t i = below(5); i > 0; --i)
      made.push_back(any(depth + 1));
    return made;
  }
  term list_of_any(int depth, term tail) {
    const auto all = several(depth);
    return list_of(all.data(), all.size(), std::move(tail));
  }
  term tuple_of_any(int depth) {
    const auto all = several(depth);
    return tuple_of(all.data(), all.size());
  }
  term map_of_any(int depth) {
    term made = map();
    for (std::size_t i = below(5); i > 0; --i)
      made = made.with(any(depth + 1), any(depth + 1));
    return made;
  }
  term pairs(int depth) {
    std::vector<term> made;
    for (std::size_t i = below(5); i > 0; --i)
      made.push_back(tuple(any(depth + 1), any(depth + 1)));
    return list_of(made.data(), made.size());
  }
  term numbers() {
    std::vector<term> made;
    for (std::size_t i = below(6); i > 0; --i)
      made.push_back(small_integer());
    return list_of(made.data(), made.size());
  }

  std::mt19937_64 random_;
  std::vector<term> known_;
};
}  // namespace

TEST_CASE("random arguments never do more than raise") {
  world in;
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  generator make(seed, {in.self->self(), in.home.make_reference(), port{3, 0}, pid{77777, 0}});
  in.self->trap_exit(true);  // of processes that were spawned with a link
  std::size_t raised_count = 0;
  std::size_t returned = 0;
  for (int round = 0; round < 150; ++round) {
    for (const atom module : in.home.native_modules()) {
      for (const native* each : in.home.natives_of(module)) {
        if (is_dangerous(*each))
          continue;
        std::vector<term> arguments;
        for (int i = 0; i < each->arity; ++i)
          arguments.push_back(make.any());
        INFO(each->module << ":" << each->name << to_text_w(list_of(arguments.data(), arguments.size())));
        try {
          const term value = in.home.apply(*in.self, module, atom(each->name), arguments.data(), arguments.size());
          to_text_w(value);
          ++returned;
        } catch (const raised& failed) {
          to_text_w(failed.reason);
          ++raised_count;
        }
      }
    }
  }
  CHECK(returned > 1000);
  CHECK(raised_count > 1000);
}
