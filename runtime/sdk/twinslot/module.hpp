// runtime/sdk/twinslot/module.hpp - a plugin's frame: TWINSLOT_MODULE, and modules that are functions only.
//
//     TWINSLOT_MODULE(greeting, "1.0.0") {
//       return ts::module().function("hello", [](ts::self&, ts::text name) { return ts::text("hello ..."); });
//     }
//
// The macro writes the notes that a loader reads before it opens the file, the one exported symbol, and the descriptor
// (abi.hpp). Without a version, `TWINSLOT_MODULE(greeting)`, the host derives one from the file's content.
// The host calls what is here; each call catches every exception and makes a term of it.
#pragma once
#include "runtime/sdk/twinslot/clause.hpp"

#include <exception>

namespace twinslot {
namespace sdk {

/// Which callback a clause belongs to.
enum class slot : std::uint8_t {
  function,
  on_load,
  init,
  call,
  cast,
  info,
  continue_,
  terminate,
  code_change,
  code_change_down,
  format_status,
};
inline constexpr std::size_t slot_count = 11;

/// Everything that a module holds, in one block: made by twinslot_module, freed by `close`.
struct module_block {
  module_block() = default;
  module_block(const module_block&) = delete;
  module_block& operator=(const module_block&) = delete;
  ~module_block() {
    for (clause* first : clauses)
      while (first != nullptr) {
        clause* const dead = std::exchange(first, first->next);
        dead->destroy(dead);
      }
    delete[] exports;
  }
  /// Clauses are tried in the order they were written.
  void add(slot where, clause* last) noexcept {
    clause** end = &clauses[static_cast<std::size_t>(where)];
    while (*end != nullptr)
      end = &(*end)->next;
    *end = last;
  }
  clause* first(slot where) const noexcept { return clauses[static_cast<std::size_t>(where)]; }
  const clause* find_function(atom name, std::uint32_t arity) const noexcept {
    for (const clause* c = first(slot::function); c != nullptr; c = c->next)
      if (c->name == name && c->arity == arity)
        return c;
    return nullptr;
  }

  abi::module_info info{};
  abi::server server{};
  const char* registered = nullptr;
  clause* clauses[slot_count]{};
  abi::exported* exports = nullptr;
};
inline constinit module_block* opened = nullptr;

}  // namespace sdk

template <std::size_t Arity, class... Values>
term self::fun(function_name function, const Values&... given) {
  const term values[sizeof...(Values) + 1] = {to_term(given)..., term{}};
  raw_term bits = term::bits(kind::nil);
  const abi::status status =
      sdk::host_table->make_fun(process_, &sdk::opened->info, atom(std::string_view(function.text())).index(), Arity,
                                &values->raw(), sizeof...(Values), &bits);
  return sdk::taken(status, bits);
}

namespace sdk {
/// The exception that is being handled, as {Class, Reason, Stack}. A C++ exception is the error
/// {cpp_exception,What}, What a binary or the atom unknown; its stack names the callback.
[[gnu::cold]] inline term caught(const char* callback, std::uint32_t arity) noexcept {
  const auto stack = [&] { return list(tuple(module_name, atom(std::string_view(callback)), arity, term{})); };
  try {
    throw;
  } catch (const exception& e) {
    return tuple(e.what, e.reason, e.stack.is_nil() ? stack() : e.stack);
  } catch (const std::exception& e) {
    return tuple("error", tuple("cpp_exception", binary(e.what())), stack());
  } catch (...) {
    return tuple("error", tuple("cpp_exception", "unknown"), stack());
  }
}
template <class Body>
abi::status guarded(const char* callback, std::uint32_t arity, raw_term* result, Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    *result = caught(callback, arity).detach();
    return abi::status::raised;
  }
}

/// Runs the first clause of that name, arity and kind that takes the arguments. False: none does.
inline bool run_named(clause& named, frame& call) {
  for (clause* c = &named; c != nullptr; c = c->next)
    if (c->name == named.name && c->arity == named.arity && c->start == named.start && c->run(*c, call))
      return true;
  return false;
}

inline abi::status call_function(void* data, abi::env* process, const raw_term* arguments, raw_term* result) noexcept {
  auto& named = *static_cast<clause*>(data);
  return guarded(named.text, named.arity, result, [&] {
    self me(process);
    frame call(me);
    call.arguments = &term::as_term(*arguments);
    if (!run_named(named, call))
      return abi::status::no_clause;
    *result = call.value.detach();
    return abi::status::ok;
  });
}

[[gnu::cold]] inline abi::status run_on_load(void* data, abi::env* process, raw_term* result) noexcept {
  return guarded("on_load", 0, result, [&] {
    self me(process);
    frame call(me);
    clause* const hook = static_cast<module_block*>(data)->first(slot::on_load);
    hook->run(*hook, call);
    *result = call.value.detach();
    return abi::status::ok;
  });
}

[[gnu::cold]] inline void close_module(void* data) noexcept {
  opened = nullptr;
  delete static_cast<module_block*>(data);
}

/// One entry per name and arity.
[[gnu::cold]] inline void list_exports(module_block& block) {
  std::size_t count = 0;
  for (const clause* c = block.first(slot::function); c != nullptr; c = c->next)
    ++count;
  block.exports = new abi::exported[count + 1];
  std::uint32_t listed = 0;
  for (clause* c = block.first(slot::function); c != nullptr; c = c->next)
    if (block.find_function(c->name, c->arity) == c) {
      block.exports[listed++] = {c->text, c->arity, c, c->start ? nullptr : call_function, c->doc, c->start};
    }
  for (const clause* first : block.clauses)
    for (const clause* c = first; c != nullptr; c = c->next)
      if (c->frames != nullptr)
        block.info.routines = c->frames;
  block.info.functions = block.exports;
  block.info.function_count = listed;
}

/// process.hpp
template <class Function>
clause* new_process(const char* name, Function* function, const char* doc);
/// special.hpp
template <class... None>
clause* new_special();

/// What TWINSLOT_MODULE's body returns: any of the builders.
class built {
public:
  explicit built(module_block* owned) noexcept : block_(owned) {}
  built(built&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  ~built() { delete block_; }
  module_block* release() noexcept { return std::exchange(block_, nullptr); }

private:
  module_block* block_;
};

/// The body of twinslot_module.
[[gnu::cold]] inline const abi::module_info* enter(const abi::host_table* host, const char* name, const char* vsn,
                                                   built (*build)()) noexcept {
  if (host == nullptr || host->version != abi::version || host->bytes < sizeof(abi::host_table))
    return nullptr;
  if (opened != nullptr)
    return &opened->info;
  host_table = host;
  module_name = atom(std::string_view(name));
  try {
    opened = build().release();
    list_exports(*opened);
  } catch (...) {
    delete std::exchange(opened, nullptr);
    return nullptr;
  }
  abi::module_info& info = opened->info;
  info.version = abi::version;
  info.bytes = sizeof(abi::module_info);
  info.name = name;
  info.vsn = *vsn ? vsn : nullptr;
  info.data = opened;
  info.on_load = opened->first(slot::on_load) ? run_on_load : nullptr;
  info.close = close_module;
  return &info;
}

/// The ELF notes, in one object, as a sanitizer may put zeros behind one; their layout is abi.hpp's.
template <std::size_t TextBytes>
struct note {
  std::uint32_t owner_bytes = 9;
  std::uint32_t desc_bytes = 16 + TextBytes;
  std::uint32_t type = abi::note_type;
  char owner[12] = "twinslot";
  std::uint32_t abi_version = abi::version;
  std::uint32_t sdk_minor = abi::sdk_minor;
  std::uint32_t name_bytes = 0;
  std::uint32_t vsn_bytes = 0;
  char texts[TextBytes]{};
  std::uint32_t stamp_owner_bytes = 9;
  std::uint32_t stamp_bytes = sizeof stamp;
  std::uint32_t stamp_type = abi::stamp_type;
  char stamp_owner[12] = "twinslot";
  char stamp[16]{};
};
constexpr std::size_t padded(std::size_t bytes) {
  return (bytes + 3) / 4 * 4;
}
template <std::size_t Name, std::size_t Vsn>
consteval auto make_note(const char (&name)[Name], const char (&vsn)[Vsn]) {
  note<padded(Name - 1) + padded(Vsn - 1)> result;
  result.name_bytes = Name - 1;
  result.vsn_bytes = Vsn - 1;
  for (std::size_t i = 0; i + 1 < Name; ++i)
    result.texts[i] = name[i];
  for (std::size_t i = 0; i + 1 < Vsn; ++i)
    result.texts[padded(Name - 1) + i] = vsn[i];
  for (std::size_t i = 0; i < sizeof result.stamp; ++i)
    result.stamp[i] = abi::not_stamped[i];
  return result;
}
}  // namespace sdk

/// A module of functions, without a server.
class function_module {
public:
  function_module() : block_(new sdk::module_block) {}
  function_module(const function_module&) = delete;
  function_module& operator=(const function_module&) = delete;
  ~function_module() { delete block_; }

  /// Module:Name/Arity for as many arguments as the lambda takes beside a ts::self&. `name` and `doc` are literals.
  template <class Function>
  function_module& function(const char* name, Function f, const char* doc = nullptr) {
    constexpr sdk::fault found = sdk::judge_clause<void, sdk::as_value, Function>();
    if constexpr (found != sdk::fault::none) {
      static_assert(found == sdk::fault::broken || sdk::clause_fault<found>::told);
    } else if constexpr (sdk::unfit_in_clause<void, sdk::as_value, Function>::why != sdk::unfit::none) {
      using unfit = sdk::unfit_in_clause<void, sdk::as_value, Function>;
      static_assert(sdk::refused<typename unfit::type, unfit::why>::told);
    } else {
      auto* made = sdk::new_clause<void, sdk::as_value>(sdk::shape::positional, name, std::move(f));
      made->doc = doc;
      block_->add(sdk::slot::function, made);
    }
    return *this;
  }
  /// A function that returns ts::process (process.hpp), to be spawned, or to be called by a process of its own thread.
  template <class Function>
  function_module& process(const char* name, Function* f, const char* doc = nullptr) {
    block_->add(sdk::slot::function, sdk::new_process(name, f, doc));
    return *this;
  }
  /// Processes of the module answer sys by self.handle_system (special.hpp).
  template <class... None>
  function_module& special() {
    block_->add(sdk::slot::function, sdk::new_special<None...>());
    return *this;
  }
  /// Runs before the version becomes current; anything but the atom ok (or nothing) refuses the load.
  template <class Function>
  function_module& on_load(Function f) {
    static_assert(sdk::plan_for<void, Function>.arity == 0, "twinslot: on_load takes a ts::self& or nothing");
    block_->add(sdk::slot::on_load,
                sdk::new_clause<void, sdk::as_value>(sdk::shape::positional, nullptr, std::move(f)));
    return *this;
  }
  /// One line for h(Module).
  function_module& doc(const char* line) {
    block_->info.doc = line;
    return *this;
  }
  operator sdk::built() { return sdk::built(std::exchange(block_, nullptr)); }

private:
  sdk::module_block* block_;
};
inline function_module module() {
  return {};
}
}  // namespace twinslot

#ifdef TWINSLOT_PLUGIN
using namespace twinslot::literals;  // "ok"_atom, in the one source file that a
                                     // plugin is
#endif

#if __has_attribute(retain)
#define TWINSLOT_NOTE __attribute__((section(".note.twinslot"), aligned(4), used, retain))
#else
#define TWINSLOT_NOTE __attribute__((section(".note.twinslot"), aligned(4), used))
#endif

/// TWINSLOT_MODULE(name, "vsn") { return ts::gen_server<state>(...)...; }
#define TWINSLOT_MODULE(name, ...)                                                                       \
  TWINSLOT_NOTE static constexpr auto twinslot_note = ::twinslot::sdk::make_note(#name, "" __VA_ARGS__); \
  static ::twinslot::sdk::built twinslot_build();                                                        \
  extern "C" __attribute__((visibility("default"))) const ::twinslot::abi::module_info* twinslot_module( \
      const ::twinslot::abi::host_table* host) {                                                         \
    return ::twinslot::sdk::enter(host, #name, "" __VA_ARGS__, twinslot_build);                          \
  }                                                                                                      \
  static ::twinslot::sdk::built twinslot_build()
